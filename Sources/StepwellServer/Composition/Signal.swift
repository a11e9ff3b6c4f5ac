import StepwellEngine

/// Something that happens once and can be waited for, by a thread that may block.
///
/// `@unchecked Sendable`: the monitor guards the flag.
final class Signal: @unchecked Sendable {
    private let monitor = Monitor()
    private var isSet = false

    func set() {
        monitor.locked { isSet = true }
        monitor.wakeAll()
    }

    /// Returns whether it happened in time.
    @discardableResult
    func wait(atMost limit: Duration) -> Bool {
        monitor.locked {
            monitor.wait(atMostMilliseconds: max(0, limit.milliseconds)) { !isSet }
            return isSet
        }
    }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
