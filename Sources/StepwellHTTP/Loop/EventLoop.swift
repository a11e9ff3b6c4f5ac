import CUV
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

#if !hasFeature(ExistentialAny) || !hasFeature(MemberImportVisibility)
    #error("An upcoming feature that Package.swift names is not on: is it misspelt?")
#endif

/// A libuv loop on a thread of its own.
///
/// Everything that hangs on a loop (connections, timers, listeners) is touched on its thread only; other threads hand work
/// over with ``post(_:)``. An idle loop sleeps in the kernel: nothing wakes it but I/O, a due timer or a post.
///
/// `@unchecked Sendable`: `mailbox` and `threadID` are synchronised; every other property is used on the loop's thread
/// alone, except before that thread starts.
package final class EventLoop: @unchecked Sendable {
    /// What other threads hand over.
    private struct Mailbox {
        var work: [@Sendable () -> Void] = []
        var isStopped = false
    }

    /// The bytes that one read may bring; all streams of a loop share the buffer, since what is read is consumed at once.
    static let readBytesMax = 65_536

    let handle: UnsafeMutablePointer<uv_loop_t>
    let readBuffer: UnsafeMutableRawBufferPointer
    private let wake: UnsafeMutablePointer<uv_async_t>
    /// Called before the loop sleeps and after it has handled what woke it: between the two all turns end.
    private let beforeSleep: UnsafeMutablePointer<uv_prepare_t>
    private let afterEvents: UnsafeMutablePointer<uv_check_t>
    private let mailbox = Mutex(Mailbox())
    private let threadID = Atomic<UInt>(0)
    private let joined = Mutex(false)
    private var thread: pthread_t?

    /// What must be closed before the loop can end.
    private var resources: [ObjectIdentifier: any LoopResource] = [:]
    /// Streams with bytes that were written since the last flush.
    private var dirty: [TCPStream] = []
    /// What is to be done at the end of this turn.
    private var turnEnd: [() -> Void] = []
    /// True once everything is being closed: nothing new may begin. On the loop's thread only.
    private(set) var isStopping = false

    /// Starts the loop's thread.
    package init() throws(EventLoopError) {
        handle = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        beforeSleep = .allocate(capacity: 1)
        afterEvents = .allocate(capacity: 1)
        readBuffer = .allocate(byteCount: Self.readBytesMax, alignment: 16)
        let failure = uv_loop_init(handle)
        guard failure == 0 else { throw EventLoopError(code: failure) }
        handle.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        let asyncFailure = uv_async_init(handle, wake) { wake in
            wake?.pointee.data.map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue().drain() }
        }
        guard asyncFailure == 0 else {
            uv_loop_close(handle)
            throw EventLoopError(code: asyncFailure)
        }
        wake.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        watchTurns()
        try startThread()
    }

    /// None of these calls can fail.
    private func watchTurns() {
        uv_prepare_init(handle, beforeSleep)
        uv_check_init(handle, afterEvents)
        beforeSleep.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        afterEvents.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        uv_prepare_start(beforeSleep) { prepare in
            prepare?.pointee.data.map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue().endTurn() }
        }
        uv_check_start(afterEvents) { check in
            check?.pointee.data.map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue().endTurn() }
        }
    }

    private func closeHandles() {
        for own in [
            UnsafeMutableRawPointer(wake), UnsafeMutableRawPointer(beforeSleep), UnsafeMutableRawPointer(afterEvents),
        ] {
            uv_close(own.assumingMemoryBound(to: uv_handle_t.self), nil)
        }
    }

    deinit {
        // A thread that nobody waited for, since the loop was stopped from within; it may be the one that runs here.
        if let thread, !joined.withLock({ $0 }) { pthread_detach(thread) }
        handle.deallocate()
        wake.deallocate()
        beforeSleep.deallocate()
        afterEvents.deallocate()
        readBuffer.deallocate()
    }

    private func startThread() throws(EventLoopError) {
        // The thread owns a reference: a loop lives until it is stopped.
        let owned = Unmanaged.passRetained(self)
        #if canImport(Darwin)
            var created: pthread_t?
        #else
            var created = pthread_t()
        #endif
        let failure = pthread_create(
            &created, nil,
            { argument in
                #if canImport(Darwin)
                    let raw = argument
                #else
                    guard let raw = argument else { return nil }
                #endif
                Unmanaged<EventLoop>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, owned.toOpaque())
        guard failure == 0 else {
            owned.release()
            closeHandles()
            uv_run(handle, UV_RUN_DEFAULT)
            uv_loop_close(handle)
            throw EventLoopError(code: -failure)
        }
        thread = created
    }

    private func run() {
        // Signals belong to the program's own threads; this also keeps SIGPIPE of a closed socket from ending it.
        var signals = sigset_t()
        sigfillset(&signals)
        // Those of a crash stay, for the runtime's report.
        for crash in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] { sigdelset(&signals, crash) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        threadID.store(Self.currentThreadID, ordering: .releasing)
        uv_run(handle, UV_RUN_DEFAULT)
        endTurn()
        uv_loop_close(handle)
    }

    private static var currentThreadID: UInt {
        #if canImport(Darwin)
            UInt(bitPattern: pthread_self())
        #else
            UInt(pthread_self())
        #endif
    }

    // MARK: Handing work over

    /// Whether the caller runs on the loop's thread.
    package var isInLoop: Bool { threadID.load(ordering: .acquiring) == Self.currentThreadID }

    /// Runs `work` on the loop's thread, after what was posted before; false when the loop has been stopped.
    @discardableResult
    package func post(_ work: @escaping @Sendable () -> Void) -> Bool {
        // The wake-up is sent under the lock, so that it cannot reach a handle which a stop has closed meanwhile.
        mailbox.withLock { mailbox in
            guard !mailbox.isStopped else { return false }
            mailbox.work.append(work)
            if mailbox.work.count == 1 { uv_async_send(wake) }
            return true
        }
    }

    /// Runs `work` now when the caller is on the loop's thread, else posts it.
    @discardableResult
    package func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        guard isInLoop else { return post(work) }
        work()
        return true
    }

    private func drain() {
        var work: [@Sendable () -> Void] = []
        mailbox.withLock { swap(&$0.work, &work) }
        for item in work { item() }
        flushDirty()
    }

    /// Calls `work` once everything that is ready now has been handled, before the loop sleeps: what the requests of one
    /// turn have in common is done once. On the loop's thread only.
    package func atTurnEnd(_ work: @escaping () -> Void) { turnEnd.append(work) }

    private func endTurn() {
        while !turnEnd.isEmpty {
            let work = turnEnd
            turnEnd.removeAll(keepingCapacity: true)
            for item in work { item() }
        }
        flushDirty()
    }

    // MARK: Timers

    /// Calls `action` on the loop's thread once `delay` has passed, never earlier. From any thread.
    @discardableResult
    package func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> ScheduledAction {
        let scheduled = ScheduledAction(loop: self, action: action)
        let due = ContinuousClock.now.advanced(by: delay)
        run { scheduled.start(due: due) }
        return scheduled
    }

    /// Milliseconds of a clock that never goes back, as of now.
    var now: UInt64 {
        uv_update_time(handle)
        return uv_now(handle)
    }

    /// The same clock, as of the start of the current turn of the loop.
    var turnTime: UInt64 { uv_now(handle) }

    // MARK: Resources

    func add(_ resource: any LoopResource) { resources[ObjectIdentifier(resource)] = resource }

    func remove(_ resource: any LoopResource) { resources[ObjectIdentifier(resource)] = nil }

    func markDirty(_ stream: TCPStream) { dirty.append(stream) }

    /// Writes out what the streams have gathered since the last call: one system call for all answers of a stream.
    func flushDirty() {
        while !dirty.isEmpty {
            let streams = dirty
            dirty.removeAll(keepingCapacity: true)
            for stream in streams { stream.flush() }
        }
    }

    // MARK: Stop

    /// Closes all that hangs on the loop, ends its thread and waits for that end (not when called on that thread itself).
    /// Requests in flight fail as cancelled; posts are refused from then on. Safe to call again.
    package func stop() {
        mailbox.withLock { mailbox in
            guard !mailbox.isStopped else { return }
            mailbox.work.append { self.closeAll() }
            mailbox.isStopped = true
            uv_async_send(wake)
        }
        guard !isInLoop else { return }
        joined.withLock { joined in
            guard !joined, let thread else { return }
            pthread_join(thread, nil)
            joined = true
        }
    }

    private func closeAll() {
        isStopping = true
        let closing = resources
        resources.removeAll()
        for resource in closing.values { resource.close() }
        closeHandles()
    }
}

/// Something on a loop that the loop's stop must close. Used on the loop's thread only.
protocol LoopResource: AnyObject {
    func close()
}

/// The system refused what a loop needs: descriptors, memory or a thread.
package struct EventLoopError: Error, Sendable, CustomStringConvertible {
    /// libuv's code: a negated `errno`.
    package let code: Int32

    package var description: String { "The event loop cannot start: \(uvMessage(code))." }
}

/// libuv's sentence for one of its codes.
func uvMessage(_ code: Int32) -> String {
    uv_strerror(code).map { String(cString: $0) } ?? "unknown error \(code)"
}
