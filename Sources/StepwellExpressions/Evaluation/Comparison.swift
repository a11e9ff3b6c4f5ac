import StepwellModel

/// Equality and order between values, after the lenient rules have dealt with unknown and null.
extension Budget {
    /// Deep equality. Numbers are equal across their types; other values of different types never are.
    mutating func equal(_ left: Value, _ right: Value, depth: Int = 0) throws(EvaluationError) -> Bool {
        switch (left, right) {
        case (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.string(let left), .string(let right)):
            try spend(bytes: left.utf8.count)
            return left.hasSameBytes(as: right)
        case (.double(let left), .double(let right)): return left == right
        case (.bytes(let left), .bytes(let right)):
            try spend(bytes: left.count)
            return left == right
        case (.timestamp(let left), .timestamp(let right)): return left == right
        case (.duration(let left), .duration(let right)): return left == right
        case (.type(let left), .type(let right)): return left == right
        case (.list(let left), .list(let right)): return try equal(left, right, depth: depth + 1)
        case (.map(let left), .map(let right)): return try equal(left, right, depth: depth + 1)
        default: return left.isNumber && right.isNumber && left.order(of: right) == .equal
        }
    }

    private mutating func equal(
        _ left: Value.List, _ right: Value.List, depth: Int
    ) throws(EvaluationError) -> Bool {
        guard left.count == right.count else { return false }
        try descend(to: depth)
        for index in 0..<left.count {
            try spend()
            guard try equal(left[index], right[index], depth: depth) else { return false }
        }
        return true
    }

    private mutating func equal(_ left: Value.Map, _ right: Value.Map, depth: Int) throws(EvaluationError) -> Bool {
        guard left.count == right.count else { return false }
        try descend(to: depth)
        try spend(left.count)
        // Maps of the same origin have the same order; only a member that stands elsewhere is searched.
        let (leftEntries, rightEntries) = (left.entries, right.entries)
        for index in leftEntries.indices {
            let entry = leftEntries[index]
            if try equal(entry.key, rightEntries[index].key) {
                guard try equal(entry.value, rightEntries[index].value, depth: depth) else { return false }
            } else {
                guard let other = try value(of: entry.key, in: right),
                    try equal(entry.value, other, depth: depth)
                else { return false }
            }
        }
        return true
    }

    /// The value of a key of any type; nil when the map has no such key.
    mutating func value(of key: Value, in map: Value.Map) throws(EvaluationError) -> Value? {
        try spend(map.count >> 3)
        switch (map, key) {
        case (.json, .string(let name)): return map[name]
        case (.json, _): return nil
        case (.entries(let entries), _):
            for entry in entries where try equal(entry.key, key) { return entry.value }
            return nil
        }
    }

    func descend(to depth: Int) throws(EvaluationError) {
        guard depth <= Limits.valueNestingMax else {
            throw EvaluationError(.tooExpensive, "a value has more than \(Limits.valueNestingMax) levels")
        }
    }
}

/// How two values of ordered types stand to each other.
enum Order: Sendable {
    case less
    case equal
    case greater
    /// One of them is not a number in the sense of IEEE 754: every comparison is false.
    case unordered

    init<T: Comparable>(_ left: T, _ right: T) {
        self = left < right ? .less : left == right ? .equal : left > right ? .greater : .unordered
    }
}

extension Value {
    /// Nil where the language has no order between the two types.
    func order(of right: Value) -> Order? {
        switch (self, right) {
        case (.bool(let left), .bool(let right)): Order(left ? 1 : 0, right ? 1 : 0)
        case (.string(let left), .string(let right)): left.order(ofBytes: right)
        case (.bytes(let left), .bytes(let right)):
            left.elementsEqual(right) ? .equal : left.lexicographicallyPrecedes(right) ? .less : .greater
        case (.timestamp(let left), .timestamp(let right)): Order(left, right)
        case (.duration(let left), .duration(let right)): Order(left, right)
        case (.int(let left), .int(let right)): Order(left, right)
        case (.uint(let left), .uint(let right)): Order(left, right)
        case (.double(let left), .double(let right)): Order(left, right)
        // The standard library compares integers of different types, and with doubles, exactly.
        case (.int(let left), .uint(let right)): left < right ? .less : left == right ? .equal : .greater
        case (.uint(let left), .int(let right)): left < right ? .less : left == right ? .equal : .greater
        case (.int(let left), .double(let right)): Self.order(left, right)
        case (.uint(let left), .double(let right)): Self.order(left, right)
        case (.double(let left), .int(let right)): Self.order(right, left).reversed
        case (.double(let left), .uint(let right)): Self.order(right, left).reversed
        default: nil
        }
    }

    private static func order<I: FixedWidthInteger>(_ integer: I, _ double: Double) -> Order {
        if double.isNaN { return .unordered }
        if let exact = I(exactly: double) { return Order(integer, exact) }
        // Beyond the type's range the sign decides, and so it does when only the fraction differs.
        guard let whole = I(truncating: double), integer != whole else { return double < 0 ? .greater : .less }
        return integer < whole ? .less : .greater
    }
}

extension Order {
    fileprivate var reversed: Order {
        switch self {
        case .less: .greater
        case .greater: .less
        case .equal, .unordered: self
        }
    }
}

extension String {
    /// Go's order of strings: by bytes, which is the order of code points.
    fileprivate func order(ofBytes other: String) -> Order {
        if hasSameBytes(as: other) { return .equal }
        return utf8.lexicographicallyPrecedes(other.utf8) ? .less : .greater
    }
}
