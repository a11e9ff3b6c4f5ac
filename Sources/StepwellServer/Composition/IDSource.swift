import Glibc
import StepwellModel
import Synchronization

/// Fresh public ids: each is greater than all before it, and no one can guess the next.
///
/// Source: the ULID specification, "Monotonicity"; the step within a millisecond is random here instead of 1.
package final class IDSource: Sendable {
    private struct State {
        var last = ULID(high: 0, low: 0)
        var entropy: [UInt64] = []
    }

    private let state = Mutex(State())

    package init() {}

    package func next(at time: Timestamp) -> ULID {
        state.withLock { state in
            let isNewer = time > state.last.time
            let first = Self.draw(&state.entropy)
            if isNewer {
                let second = Self.draw(&state.entropy)
                state.last = ULID(
                    time: time, entropyHigh: UInt16(truncatingIfNeeded: first), entropyLow: second)
            } else {
                let (low, isOver) = state.last.low.addingReportingOverflow(first >> 24 | 1)
                state.last = ULID(high: state.last.high + (isOver ? 1 : 0), low: low)
            }
            return state.last
        }
    }

    /// The system is asked for 256 bytes at a time.
    private static func draw(_ entropy: inout [UInt64]) -> UInt64 {
        if let word = entropy.popLast() { return word }
        entropy = [UInt64](unsafeUninitializedCapacity: 32) { buffer, count in
            let failure = getentropy(buffer.baseAddress, 256)
            precondition(failure == 0, "the system gives no entropy: error \(errno)")
            count = 32
        }
        return entropy.removeLast()
    }
}
