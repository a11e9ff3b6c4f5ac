import StepwellModel

/// A value in the one form in which hash equality is the language's `==`.
///
/// Texts, bools and numbers have one; a number with an integer's value is that integer, whether it was written `9` or `9.0`.
/// Null, lists and maps have none, since `==` does not treat them as a hash table would: they are never looked up.
/// Texts are equal byte by byte here, which `JSONValue`'s own equality does not promise.
package struct IndexValue: Sendable, Hashable {
    package let json: JSONValue
    private let content: Content

    private enum Content: Sendable, Hashable {
        case bool(Bool)
        case integer(Int64)
        case double(UInt64)
        case text(ExactString)
    }

    /// Nil for a value that is not indexed.
    package init?(_ json: JSONValue) {
        switch json {
        case .bool(let flag): self.init(.bool(flag), json)
        case .integer(let number): self.init(.integer(number), json)
        case .double(let number):
            guard !number.isNaN else { return nil }
            if let integer = Int64(exactly: number) {
                self.init(.integer(integer), .integer(integer))
            } else {
                self.init(.double(number.bitPattern), json)
            }
        case .string(let text): self.init(.text(ExactString(text)), json)
        case .null, .array, .object: return nil
        }
    }

    /// What stands at `path` of an event; nil when nothing that is indexed does.
    package init?(at path: [String], of event: JSONValue) {
        var current = event
        for name in path {
            guard case .object(let object) = current, let member = object.exactly(name) else { return nil }
            current = member
        }
        self.init(current)
    }

    /// Nil for a literal that no JSON value equals, or that is not indexed.
    init?(literal: Value) {
        switch literal {
        case .bool(let flag): self.init(JSONValue.bool(flag))
        case .int(let number): self.init(JSONValue.integer(number))
        case .uint(let number):
            guard let number = Int64(exactly: number) else { return nil }
            self.init(JSONValue.integer(number))
        case .double(let number): self.init(JSONValue.double(number))
        case .string(let text): self.init(JSONValue.string(text))
        default: return nil
        }
    }

    private init(_ content: Content, _ json: JSONValue) {
        self.content = content
        self.json = json
    }

    package static func == (left: IndexValue, right: IndexValue) -> Bool { left.content == right.content }

    package func hash(into hasher: inout Hasher) { hasher.combine(content) }
}
