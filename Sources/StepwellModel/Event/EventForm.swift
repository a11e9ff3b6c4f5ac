/// Forms as events, for webhooks that cannot send JSON: every field becomes an array of strings (PROTOCOL §1.1).
///
/// All fields are the event's `data`; the first value of the field `name` is its name.
enum EventForm {
    /// The event object of a form.
    static func event(_ body: [UInt8], contentType: String) throws(EventError) -> RawJSON {
        let type = MediaType(contentType)
        switch type.name {
        case "application/x-www-form-urlencoded": return event(try urlencoded(body))
        case "multipart/form-data":
            // RFC 2046, section 5.1.1; a longer one would make the search slow.
            guard let boundary = type.parameter("boundary"), (1...70).contains(boundary.utf8.count) else {
                throw .form("the content type names no boundary of 1 to 70 characters")
            }
            return event(try multipart(body, boundary: Array("--\(boundary)".utf8)))
        default:
            throw .form(
                "the content type must be application/json, multipart/form-data or application/x-www-form-urlencoded")
        }
    }

    private static func event(_ fields: [(name: String, value: String)]) -> RawJSON {
        var names: [String] = []
        var values: [String: [String]] = [:]
        for field in fields {
            if values[field.name] == nil { names.append(field.name) }
            values[field.name, default: []].append(field.value)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("data")
        writer.beginObject()
        for name in names {
            writer.key(name)
            writer.beginArray()
            for value in values[name] ?? [] { writer.string(value) }
            writer.endArray()
        }
        writer.endObject()
        writer.member("name", values["name"]?.first ?? "")
        writer.endObject()
        return writer.json
    }

    // MARK: - application/x-www-form-urlencoded

    private static func urlencoded(_ body: [UInt8]) throws(EventError) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for pair in body.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            fields.append((try decoded(pair[..<equals]), try decoded(pair[equals...].dropFirst())))
        }
        return fields
    }

    private static func decoded(_ source: ArraySlice<UInt8>) throws(EventError) -> String {
        var bytes: [UInt8] = []
        var index = source.startIndex
        while index < source.endIndex {
            let byte = source[index]
            index += 1
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            guard index + 1 < source.endIndex, let high = JSONText.hexValue(source[index]),
                let low = JSONText.hexValue(source[index + 1])
            else { throw .form("a '%' is not followed by two hexadecimal digits") }
            bytes.append(UInt8(high << 4 | low))
            index += 2
        }
        return try text(bytes[...])
    }

    private static func text(_ bytes: ArraySlice<UInt8>) throws(EventError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .form("a field is not valid UTF-8") }
        return text
    }

    // MARK: - multipart/form-data (RFC 7578)

    private static func multipart(_ body: [UInt8], boundary: [UInt8]) throws(EventError) -> [(
        name: String, value: String
    )] {
        var fields: [(name: String, value: String)] = []
        guard var offset = find(boundary, in: body, from: 0).map({ $0 + boundary.count }) else {
            throw .form("its boundary does not occur in it")
        }
        let delimiter = [0x0D, 0x0A] + boundary
        while !body[offset...].starts(with: [0x2D, 0x2D]) {
            guard let head = find([0x0D, 0x0A, 0x0D, 0x0A], in: body, from: offset),
                let end = find(delimiter, in: body, from: head + 2)
            else { throw .form("a part does not end") }
            let content = body[min(head + 4, end)..<end]
            let headers = try text(body[offset..<head])
            guard let name = fieldName(headers) else { throw .form("a part has no field name") }
            fields.append((name, try text(content)))
            offset = end + delimiter.count
        }
        return fields
    }

    /// The `name` of a part's `Content-Disposition`.
    private static func fieldName(_ headers: String) -> String? {
        for line in headers.split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-disposition" else { continue }
            return MediaType(String(parts[1])).parameter("name")
        }
        return nil
    }

    private static func find(_ pattern: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        guard body.count >= pattern.count, let first = pattern.first else { return nil }
        var index = start
        while index + pattern.count <= body.count {
            if body[index] == first, body[index..<(index + pattern.count)].elementsEqual(pattern) { return index }
            index += 1
        }
        return nil
    }
}
