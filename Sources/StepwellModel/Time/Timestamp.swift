/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    package static func + (time: Timestamp, span: Milliseconds) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds &+ span.count)
    }

    package static func - (time: Timestamp, span: Milliseconds) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds &- span.count)
    }

    package static func - (left: Timestamp, right: Timestamp) -> Milliseconds {
        Milliseconds(left.milliseconds &- right.milliseconds)
    }
}

/// A span of time in whole milliseconds: the engine's resolution.
package struct Milliseconds: Sendable, Hashable, Comparable {
    package var count: Int64

    package init(_ count: Int64) { self.count = count }

    package static let zero = Milliseconds(0)
    package static func seconds(_ count: Int64) -> Milliseconds { Milliseconds(count * 1_000) }
    package static func minutes(_ count: Int64) -> Milliseconds { Milliseconds(count * 60_000) }
    package static func hours(_ count: Int64) -> Milliseconds { Milliseconds(count * 3_600_000) }
    package static func days(_ count: Int64) -> Milliseconds { Milliseconds(count * 86_400_000) }

    package static func < (left: Milliseconds, right: Milliseconds) -> Bool { left.count < right.count }
    package static func + (left: Milliseconds, right: Milliseconds) -> Milliseconds {
        Milliseconds(left.count + right.count)
    }
    package static func - (left: Milliseconds, right: Milliseconds) -> Milliseconds {
        Milliseconds(left.count - right.count)
    }
}
