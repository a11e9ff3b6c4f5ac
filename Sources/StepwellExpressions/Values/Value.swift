import StepwellModel

/// What an expression, or a part of one, comes to.
///
/// JSON numbers are doubles, as in the reference, where they arrive as Go's float64. Integers beyond ±2⁵³, which a double
/// cannot hold, are the one exception: they stay integers, so that two ids that differ in the last digit never match.
enum Value: Sendable {
    /// Nothing stands at the path that was asked for.
    case unknown
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list(List)
    case map(Map)
    case timestamp(Instant)
    case duration(Span)
    case type(ValueType)
    /// An operation failed. It is a value because `||`, `&&` and `?:` take it as false and go on.
    case error(Failure)

    /// A list as it came in JSON, or as an expression built it.
    enum List: Sendable {
        case json([JSONValue])
        case values([Value])
    }

    /// A map as it came in JSON, or as an expression built it, its keys distinct.
    enum Map: Sendable {
        case json(JSONObject)
        case entries([Entry])
    }

    struct Entry: Sendable {
        var key: Value
        var value: Value
    }

    /// The reason of an ``Value/error(_:)``, boxed to keep values small.
    final class Failure: Sendable {
        let message: String

        init(_ message: String) { self.message = message }
    }

    static func failure(_ message: String) -> Value { .error(Failure(message)) }
}

// MARK: - From JSON

extension Value {
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .integer(let number): self = Self.number(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(.json(elements))
        case .object(let object): self = .map(.json(object))
        }
    }

    private static func number(_ integer: Int64) -> Value {
        let exact: Int64 = 1 << 53
        return integer >= -exact && integer <= exact ? .double(Double(integer)) : .int(integer)
    }
}

extension Value.List {
    var count: Int {
        switch self {
        case .json(let elements): elements.count
        case .values(let elements): elements.count
        }
    }

    subscript(index: Int) -> Value {
        switch self {
        case .json(let elements): Value(elements[index])
        case .values(let elements): elements[index]
        }
    }

    var values: [Value] {
        switch self {
        case .json(let elements): elements.map { Value($0) }
        case .values(let elements): elements
        }
    }
}

extension Value.Map {
    var count: Int {
        switch self {
        case .json(let object): object.count
        case .entries(let entries): entries.count
        }
    }

    /// The value of a member by name; nil when there is none.
    subscript(name: String) -> Value? {
        switch self {
        case .json(let object): object.exactly(name).map { Value($0) }
        case .entries(let entries):
            entries.first {
                guard case .string(let key) = $0.key else { return false }
                return key.hasSameBytes(as: name)
            }?.value
        }
    }

    var entries: [Value.Entry] {
        switch self {
        case .json(let object): object.members.map { Value.Entry(key: .string($0.name), value: Value($0.value)) }
        case .entries(let entries): entries
        }
    }
}

extension JSONObject {
    /// The member whose name has the same bytes; canonically equivalent spellings are different names in JSON.
    func exactly(_ name: String) -> JSONValue? {
        for member in members where member.name.hasSameBytes(as: name) { return member.value }
        return nil
    }
}

extension String {
    /// Equality of texts in this dialect, as in Go: byte for byte, without Unicode's canonical equivalence.
    func hasSameBytes(as other: String) -> Bool {
        let equal = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                left.count == right.count && left.elementsEqual(right)
            }
        }
        return (equal ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}

extension String {
    /// What of a text an error message quotes.
    var excerpt: String { String(unicodeScalars.prefix(64)) }
}
