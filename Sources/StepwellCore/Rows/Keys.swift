/// The integer primary keys of a partition's tables. Each grows by one a row and is never used again while the partition
/// is open; none leaves the server (public ids are ULIDs, function ids UUIDs, apps have names).
package protocol RowKey: Sendable, Hashable, Comparable {
    var value: Int64 { get }
    init(_ value: Int64)
}

extension RowKey {
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

package struct AppKey: RowKey {
    package let value: Int64
    package init(_ value: Int64) { self.value = value }
}

package struct FunctionKey: RowKey {
    package let value: Int64
    package init(_ value: Int64) { self.value = value }
}

package struct EventKey: RowKey {
    package let value: Int64
    package init(_ value: Int64) { self.value = value }
}

package struct RunKey: RowKey {
    package let value: Int64
    package init(_ value: Int64) { self.value = value }
}

package struct JobKey: RowKey {
    package let value: Int64
    package init(_ value: Int64) { self.value = value }
}

package struct AttemptKey: RowKey {
    package let value: Int64
    package init(_ value: Int64) { self.value = value }
}

/// 128 bits of a keyed hash that stand for a text in an index: two different texts do not meet in practice.
package struct Digest: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension Digest {
    /// 32 hexadecimal digits.
    var hex: String { Self.hex(high) + Self.hex(low) }

    private static func hex(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
