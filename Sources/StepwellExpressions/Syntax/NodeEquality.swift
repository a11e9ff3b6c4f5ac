/// Whether two trees are the same program; where their parts stood in the text does not count.
extension Node: Equatable {
    static func == (left: Node, right: Node) -> Bool {
        switch (left, right) {
        case (.literal(let left), .literal(let right)): left.isSameLiteral(as: right)
        case (.path(let left), .path(let right)): left == right
        case (.select(let left, let leftField), .select(let right, let rightField)):
            left == right && leftField == rightField
        case (.index(let left, let leftIndex), .index(let right, let rightIndex)):
            left == right && leftIndex == rightIndex
        case (.not(let left), .not(let right)), (.negate(let left), .negate(let right)): left == right
        case (.binary(let left, let left1, let left2), .binary(let right, let right1, let right2)):
            left == right && left1 == right1 && left2 == right2
        case (.and(let left), .and(let right)), (.or(let left), .or(let right)), (.list(let left), .list(let right)):
            left == right
        case (.conditional(let left, let left1, let left2), .conditional(let right, let right1, let right2)):
            left == right && left1 == right1 && left2 == right2
        case (.map(let left), .map(let right)): left == right
        case (.call(let left), .call(let right)): left == right
        case (.matches(let left, let leftPattern), .matches(let right, let rightPattern)):
            left == right && leftPattern == rightPattern
        case (.has(let left, let leftField), .has(let right, let rightField)):
            left == right && leftField == rightField
        case (.comprehension(let left), .comprehension(let right)): left == right
        default: false
        }
    }
}

extension Value {
    /// The same type and the same content, which is stricter than the language's `==`.
    fileprivate func isSameLiteral(as other: Value) -> Bool {
        switch (self, other) {
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left.values, right.values).allSatisfy { $0.isSameLiteral(as: $1) }
        case (.map(let left), .map(let right)):
            left.count == right.count
                && zip(left.entries, right.entries).allSatisfy {
                    $0.key.isSameLiteral(as: $1.key) && $0.value.isSameLiteral(as: $1.value)
                }
        case (.null, .null): true
        case (.type(let left), .type(let right)): left == right
        default: type == other.type && order(of: other) == .equal
        }
    }
}
