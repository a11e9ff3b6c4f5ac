/// How an organisation's name is written: without space around it, single spaces within, 1…200 characters on one line.
///
/// Names are compared in this form, so `" Acme  Ltd"` and `"Acme Ltd"` are one organisation.
enum NameRule {
    static let lengthMax = 200

    static func normalised(_ text: String) throws(DomainError) -> String {
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && $0 != "\t" }) else {
            throw DomainError("an organisation's name is on one line, without control characters")
        }
        let name = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !name.isEmpty else { throw DomainError("an organisation needs a name") }
        guard name.count <= lengthMax else {
            throw DomainError("an organisation's name has at most \(lengthMax) characters; this one has \(name.count)")
        }
        return name
    }
}
