import Glibc
import StepwellCore
import StepwellModel
import Synchronization

/// Where the engine's time comes from.
package protocol Clock: Sendable {
    func now() -> Moment
}

/// The machine's clocks: engine time follows the monotonic one, from a start that is no earlier than the last commit.
package struct SystemClock: Clock {
    /// What is less is cut off.
    package static let resolution = Milliseconds(1)

    private let engineStart: Timestamp
    private let monotonicStart: Int64

    /// - Parameter last: Engine time of the last commit: engine time never goes back, also across a restart.
    package init(notBefore last: Timestamp) {
        engineStart = max(Self.wall(), last)
        monotonicStart = Self.monotonicMilliseconds()
    }

    package func now() -> Moment {
        Moment(engine: engineStart + Milliseconds(Self.monotonicMilliseconds() - monotonicStart), wall: Self.wall())
    }

    package static func wall() -> Timestamp { Timestamp(milliseconds: read(CLOCK_REALTIME)) }

    /// Boot time counts, so that a machine that slept has aged.
    static func monotonicMilliseconds() -> Int64 { read(CLOCK_BOOTTIME) }

    private static func read(_ clock: Int32) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
