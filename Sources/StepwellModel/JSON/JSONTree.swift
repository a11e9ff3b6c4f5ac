extension JSONValue {
    /// Parses one JSON text into a tree.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        self.init(try RawJSON(validating: bytes).slice)
    }

    package init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// The tree of a value inside a valid text.
    package init(_ slice: JSONSlice) {
        self = slice.bytes.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return .null }
            var place = base
            return JSONTreeParser(scanner: JSONScanner(end: base + source.count)).value(&place, depth: 0)
        }
    }

    /// The tree as a text: members in their order, numbers and strings as RFC 8785 writes them.
    package var raw: RawJSON {
        var writer = JSONWriter()
        writer.value(self)
        return writer.json
    }
}

/// Builds the tree of a valid text in one pass. On bytes that are not valid it gives some tree and reads nothing outside.
private struct JSONTreeParser {
    typealias Place = JSONScanner.Place

    let scanner: JSONScanner

    /// The value at `place`, which moves behind it.
    func value(_ place: inout Place, depth: Int) -> JSONValue {
        place = scanner.space(place)
        // In a valid text only values that are no containers are that deep.
        guard place < scanner.end, depth <= JSONScanner.depthMax else { return stop(&place) }
        switch place.pointee {
        case UInt8(ascii: "{"): return object(&place, depth: depth)
        case UInt8(ascii: "["): return array(&place, depth: depth)
        case UInt8(ascii: "\""): return .string(string(&place))
        default: return scalar(&place)
        }
    }

    private func array(_ place: inout Place, depth: Int) -> JSONValue {
        var elements: [JSONValue] = []
        place = scanner.space(place + 1)
        while place < scanner.end, place.pointee != UInt8(ascii: "]") {
            elements.append(value(&place, depth: depth + 1))
            skip(UInt8(ascii: ","), &place)
        }
        place = min(place + 1, scanner.end)
        return .array(elements)
    }

    private func object(_ place: inout Place, depth: Int) -> JSONValue {
        var members: [(name: String, value: JSONValue)] = []
        place = scanner.space(place + 1)
        while place < scanner.end, place.pointee == UInt8(ascii: "\"") {
            let name = string(&place)
            skip(UInt8(ascii: ":"), &place)
            members.append((name, value(&place, depth: depth + 1)))
            skip(UInt8(ascii: ","), &place)
        }
        place = min(place + 1, scanner.end)
        return .object(JSONObject(members))
    }

    private func string(_ place: inout Place) -> String {
        let start = place + 1
        guard let end = try? scanner.string(start) else {
            _ = stop(&place)
            return ""
        }
        place = end
        return JSONText.string(UnsafeBufferPointer(start: start, count: end - start - 1))
    }

    private func scalar(_ place: inout Place) -> JSONValue {
        guard let end = try? scanner.value(place, depth: 0) else { return stop(&place) }
        let source = UnsafeBufferPointer(start: place, count: end - place)
        place = end
        switch source[0] {
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "t"): return .bool(true)
        case UInt8(ascii: "f"): return .bool(false)
        default:
            // Only what is written without fraction and exponent is an integer, so `1.0` stays a double.
            return JSONText.integer(source).map { .integer($0) } ?? .double(JSONText.double(source))
        }
    }

    /// Moves over a separator and the space around it.
    private func skip(_ separator: UInt8, _ place: inout Place) {
        place = scanner.space(place)
        if place < scanner.end, place.pointee == separator { place = scanner.space(place + 1) }
    }

    private func stop(_ place: inout Place) -> JSONValue {
        place = scanner.end
        return .null
    }
}
