import Glibc

/// A lock, and a place to sleep until what it guards has changed.
///
/// `@unchecked Sendable`: a C mutex and condition at fixed addresses. Whoever has one keeps what it guards to itself.
package final class Monitor: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
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

    package func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Wakes one that sleeps. Best called without the lock, so that whoever wakes does not find it taken.
    package func wakeOne() { pthread_cond_signal(condition) }
    package func wakeAll() { pthread_cond_broadcast(condition) }

    /// Sleeps as long as `mustWait` says so, at most `milliseconds` (nil: however long it takes). To be called inside
    /// ``locked(_:)``, which is left while sleeping.
    package func wait(atMostMilliseconds milliseconds: Int64?, while mustWait: () -> Bool) {
        guard let milliseconds else {
            while mustWait() { pthread_cond_wait(condition, mutex) }
            return
        }
        var until = timespec()
        clock_gettime(CLOCK_MONOTONIC, &until)
        let nanoseconds = Int64(until.tv_nsec) + milliseconds % 1_000 * 1_000_000
        until.tv_sec += Int(milliseconds / 1_000 + nanoseconds / 1_000_000_000)
        until.tv_nsec = Int(nanoseconds % 1_000_000_000)
        while mustWait() {
            if pthread_cond_timedwait(condition, mutex, &until) == ETIMEDOUT { return }
        }
    }
}
