extension Value.Map {
    /// A map of these entries; an error when a key is of a type that no key may have, or stands there twice.
    static func checked(_ entries: [Value.Entry]) -> Value {
        var seen = Set<MapKey>()
        seen.reserveCapacity(entries.count)
        for entry in entries {
            guard entry.key.type != .double, let key = MapKey(entry.key) else {
                return .failure("a map's key must be a bool, an int, a uint or a string, not \(entry.key.typeName)")
            }
            guard seen.insert(key).inserted else { return .failure("a map has the key \(entry.key.goText) twice") }
        }
        return .map(.entries(entries))
    }
}

/// A map's key as a hash table can hold it: equal as the language's `==`.
enum MapKey: Hashable {
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case string(ExactString)

    /// Nil for a value that cannot be a key. A double with an integer's value finds that integer's entry.
    init?(_ value: Value) {
        switch value {
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .uint(let number): self = Int64(exactly: number).map { .int($0) } ?? .uint(number)
        case .double(let number):
            guard let integer = Int64(exactly: number) else { return nil }
            self = .int(integer)
        case .string(let text): self = .string(ExactString(text))
        default: return nil
        }
    }
}

/// A text that equals only the same bytes; `String` itself equals canonically equivalent spellings too.
struct ExactString: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: ExactString, right: ExactString) -> Bool { left.text.hasSameBytes(as: right.text) }

    func hash(into hasher: inout Hasher) {
        let isContiguous: Void? = text.utf8.withContiguousStorageIfAvailable { codes in
            hasher.combine(bytes: UnsafeRawBufferPointer(codes))
        }
        if isContiguous == nil { hasher.combine(bytes: Array(text.utf8)) }
    }
}

extension Hasher {
    /// As `combine(bytes:)` of the same bytes in a buffer.
    fileprivate mutating func combine(bytes: [UInt8]) {
        bytes.withUnsafeBytes { combine(bytes: $0) }
    }
}
