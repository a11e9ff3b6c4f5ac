/// A text that names something, of the form that the rules allow; on the wire and in the database it is the text alone.
protocol Identifier: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible
where RawValue == String {
    init(unchecked rawValue: String)
}

extension Identifier {
    /// Nil for a text that the rules do not allow: decoding such a one fails.
    init?(rawValue: String) {
        guard IdentifierRule.allows(rawValue) else { return nil }
        self.init(unchecked: rawValue)
    }

    /// The identifier that `text` is.
    ///
    /// - Throws: ``DomainError`` that names the identifier and says what is allowed.
    init(_ text: String) throws(DomainError) {
        guard IdentifierRule.allows(text) else {
            throw DomainError(
                "'\(text.prefix(80))' is no \(Self.self): it has 1…\(IdentifierRule.lengthMax) letters, digits, - and _"
            )
        }
        self.init(unchecked: text)
    }

    var description: String { rawValue }
}
