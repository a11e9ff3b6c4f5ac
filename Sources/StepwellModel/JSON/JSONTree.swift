extension JSONValue {
    /// Parses one JSON text into a tree.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        self.init(try RawJSON(validating: bytes).slice)
    }

    package init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// The tree of a value inside a valid text. Recursion is bounded by the scanner's depth.
    package init(_ slice: JSONSlice) {
        switch slice.kind {
        case .null: self = .null
        case .bool: self = .bool(slice.bool ?? false)
        case .string: self = .string(slice.string ?? "")
        case .number: self = Self.number(slice)
        case .array:
            var elements: [JSONValue] = []
            slice.forEachElement { elements.append(JSONValue($0)) }
            self = .array(elements)
        case .object:
            var members: [(name: String, value: JSONValue)] = []
            slice.forEachMember { members.append(($0.string, JSONValue($1))) }
            self = .object(JSONObject(members))
        }
    }

    /// Only what is written without fraction and exponent is an integer, so `1.0` stays a double.
    private static func number(_ slice: JSONSlice) -> JSONValue {
        slice.bytes.withUnsafeBufferPointer { source in
            JSONText.integer(source).map { .integer($0) } ?? .double(JSONText.double(source))
        }
    }

    /// The tree as a text: members in their order, numbers and strings as RFC 8785 writes them.
    package var raw: RawJSON {
        var writer = JSONWriter()
        writer.value(self)
        return writer.json
    }
}
