/// An organisation's name in its normal form, which makes it the key under which the organisation is created once.
struct OrganisationName: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible {
    let rawValue: String

    /// Nil for a text that is no name, or not in normal form: decoding such a one fails.
    init?(rawValue: String) {
        guard let name = try? NameRule.normalised(rawValue), name == rawValue else { return nil }
        self.rawValue = rawValue
    }

    /// The name that `text` is, brought into normal form.
    ///
    /// - Throws: ``DomainError`` for a text that is no name.
    init(_ text: String) throws(DomainError) { rawValue = try NameRule.normalised(text) }

    var description: String { rawValue }
}
