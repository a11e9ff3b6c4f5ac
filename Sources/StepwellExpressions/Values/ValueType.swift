/// The types of the language, as `type(x)` gives them and as identifiers name them.
enum ValueType: String, Sendable, CaseIterable {
    case bool
    case bytes
    case double
    case duration = "google.protobuf.Duration"
    case int
    case list
    case map
    case null = "null_type"
    case string
    case timestamp = "google.protobuf.Timestamp"
    case type
    case uint
}

extension Value {
    /// Nil for what is unknown or an error.
    var type: ValueType? {
        switch self {
        case .unknown, .error: nil
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .list: .list
        case .map: .map
        case .timestamp: .timestamp
        case .duration: .duration
        case .type: .type
        }
    }

    /// How an error message names this operand.
    var typeName: String { type?.rawValue ?? "unknown" }

    var isNumber: Bool {
        switch self {
        case .int, .uint, .double: true
        default: false
        }
    }

    /// JavaScript's truth, which `&&`, `||` and `?:` go by. Lists and maps are true even when empty.
    var isTruthy: Bool {
        switch self {
        case .unknown, .null, .error: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .uint(let number): number != 0
        case .double(let number): number != 0 && !number.isNaN
        case .string(let text): !text.isEmpty
        case .bytes, .list, .map, .timestamp, .duration, .type: true
        }
    }

    /// What `null` stands for when it is ordered against this value; nil where there is no order.
    var zeroOfItsType: Value? {
        switch self {
        case .bool: .bool(false)
        case .int: .int(0)
        case .uint: .uint(0)
        case .double: .double(0)
        case .string: .string("")
        case .bytes: .bytes([])
        case .timestamp: .timestamp(.zero)
        case .duration: .duration(Span(nanoseconds: 0))
        case .unknown, .null, .list, .map, .type, .error: nil
        }
    }
}
