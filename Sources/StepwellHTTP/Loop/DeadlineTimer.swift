/// One deadline that moves often and passes seldom. Used on its loop's thread only.
///
/// Moving it later costs a store: the timer is left to fire at its old time and then starts again for what is left. So a
/// keep-alive connection pays nothing for its deadlines while requests follow each other.
final class DeadlineTimer {
    private let loop: EventLoop
    private var timer: LoopTimer?
    private var deadline: UInt64?
    private var armed: UInt64?
    private let passed: () -> Void

    init(loop: EventLoop, passed: @escaping () -> Void) {
        self.loop = loop
        self.passed = passed
        // The timer is closed when this object goes, so it never fires behind it. (A weak reference would give the object a
        // side table and slow down every retain of it.)
        timer = LoopTimer(loop: loop) { [unowned self] in fired() }
    }

    deinit { timer?.close() }

    /// Sets the deadline `milliseconds` after the start of this turn of the loop.
    func set(after milliseconds: UInt64) { set(at: loop.turnTime &+ milliseconds) }

    /// Sets the deadline on the loop's clock.
    func set(at time: UInt64) {
        deadline = time
        if let armed, armed <= time { return }
        arm(time)
    }

    func clear() { deadline = nil }

    func close() {
        timer?.close()
        timer = nil
        deadline = nil
    }

    private func arm(_ time: UInt64) {
        armed = time
        let now = loop.now
        timer?.start(after: time > now ? time - now : 0)
    }

    private func fired() {
        armed = nil
        guard let deadline else { return }
        guard deadline <= loop.now else { return arm(deadline) }
        self.deadline = nil
        passed()
    }
}
