import Synchronization

/// An action that a loop was asked to run later; see ``EventLoop/schedule(after:_:)``.
///
/// `@unchecked Sendable`: `state` is synchronised, and `timer` is used on the loop's thread alone.
package final class ScheduledAction: @unchecked Sendable {
    private let loop: EventLoop
    private let action: Mutex<(@Sendable () -> Void)?>
    private var timer: LoopTimer?

    init(loop: EventLoop, action: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.action = Mutex(action)
    }

    /// Takes the action back; nothing happens when it ran already. From any thread.
    package func cancel() {
        guard take() != nil else { return }
        loop.run { self.finish() }
    }

    func start(due: ContinuousClock.Instant) {
        guard !loop.isStopping, action.withLock({ $0 != nil }) else { return }
        let timer = LoopTimer(loop: loop) { [self] in fired(due: due) }
        self.timer = timer
        timer.start(after: (due - ContinuousClock.now).millisecondsRoundedUp)
    }

    private func fired(due: ContinuousClock.Instant) {
        // libuv cuts its clock to whole milliseconds, so a timer may come up to one early.
        let left = due - ContinuousClock.now
        guard left <= .zero else {
            timer?.start(after: left.millisecondsRoundedUp)
            return
        }
        let action = take()
        finish()
        action?()
    }

    private func finish() {
        timer?.close()
        timer = nil
    }

    private func take() -> (@Sendable () -> Void)? {
        action.withLock { action in
            defer { action = nil }
            return action
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up so that a timer never fires early; 0 for a negative duration.
    var millisecondsRoundedUp: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let milliseconds = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000)
        return overflow ? .max / 2 : whole + UInt64(milliseconds)
    }
}
