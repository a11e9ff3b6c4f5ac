import StepwellModel

/// A list of texts in one column: a JSON array, so that people and SQL can read it. The empty list is NULL.
enum TextList {
    static func json(_ texts: [String?]) -> RawJSON? {
        guard !texts.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.beginArray()
        for text in texts {
            if let text { writer.string(text) } else { writer.null() }
        }
        writer.endArray()
        return writer.json
    }

    /// The list of a column; empty for NULL, nil when the column holds something else than such a list.
    static func texts(_ json: RawJSON?) -> [String?]? {
        guard let json else { return [] }
        guard let elements = json.elements, elements.allSatisfy({ $0.kind == .string || $0.isNull }) else { return nil }
        return elements.map(\.string)
    }
}
