import Glibc

/// Many threads post, one thread takes everything at once and sleeps while there is nothing.
///
/// `@unchecked Sendable`: a C mutex and condition guard all of it.
final class Mailbox<Element: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var elements: [Element] = []
    private var bytes = 0
    private var isClosed = false

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Returns how many bytes wait now; nil when the mailbox is closed and the element was not taken.
    @discardableResult
    func post(_ element: Element, bytes size: Int = 0) -> Int? {
        post(bytes: size) { $0.append(element) }
    }

    /// As ``post(_:bytes:)`` for several, at least one, which wake the taker once.
    func post(contentsOf several: [Element], bytes size: Int) -> Int? {
        post(bytes: size) { $0.append(contentsOf: several) }
    }

    private func post(bytes size: Int, _ add: (inout [Element]) -> Void) -> Int? {
        pthread_mutex_lock(mutex)
        guard !isClosed else {
            pthread_mutex_unlock(mutex)
            return nil
        }
        let isFirst = elements.isEmpty
        add(&elements)
        bytes += size
        let waiting = bytes
        pthread_mutex_unlock(mutex)
        // After the lock is free, so that whoever wakes does not find it taken.
        if isFirst { pthread_cond_signal(condition) }
        return waiting
    }

    /// Everything that waits, as soon as something does; empty after `milliseconds` (nil: however long it takes), or
    /// when the mailbox is closed and empty.
    func take(withinMilliseconds milliseconds: Int64?) -> [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if elements.isEmpty && !isClosed && milliseconds != 0 { wait(milliseconds) }
        let taken = elements
        elements = []
        elements.reserveCapacity(min(taken.count, 1_024))
        bytes = 0
        return taken
    }

    private func wait(_ milliseconds: Int64?) {
        guard let milliseconds else {
            while elements.isEmpty && !isClosed { pthread_cond_wait(condition, mutex) }
            return
        }
        var until = timespec()
        clock_gettime(CLOCK_MONOTONIC, &until)
        let nanoseconds = Int64(until.tv_nsec) + milliseconds % 1_000 * 1_000_000
        until.tv_sec += Int(milliseconds / 1_000 + nanoseconds / 1_000_000_000)
        until.tv_nsec = Int(nanoseconds % 1_000_000_000)
        while elements.isEmpty && !isClosed {
            if pthread_cond_timedwait(condition, mutex, &until) == ETIMEDOUT { return }
        }
    }

    /// Nothing can be posted any more; what waits can still be taken.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    var isFinished: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return isClosed && elements.isEmpty
    }
}
