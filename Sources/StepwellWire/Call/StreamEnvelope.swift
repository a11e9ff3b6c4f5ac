import StepwellModel

/// The answer inside a 201: an SDK sends spaces while it works, then status, headers and body as JSON (PROTOCOL §3.10).
package struct StreamEnvelope: Sendable, Hashable {
    package let status: Int
    /// Take precedence over those of the response.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    package let version: Int?
    /// The stream broke on the SDK's side.
    package let error: String?

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8], version: Int? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
        self.version = version
        error = nil
    }

    /// Reads a body; nil when it is no envelope.
    package init?(_ body: [UInt8]) {
        guard let json = try? RawJSON(validating: body), json.kind == .object else { return nil }
        let error = json["error"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        guard let status = json["status"]?.integer ?? (error == nil ? nil : 500) else { return nil }
        self.status = Int(truncatingIfNeeded: status)
        self.error = error
        headers = (json["headers"]?.members ?? []).map { ($0.name, $0.value.string ?? $0.value.text) }
        version = json["version"]?.integer.flatMap { Int(exactly: $0) }
        // The body is the text of the real one, or, from some SDKs, the value itself.
        let inner = json["body"]
        self.body = inner?.string.map { Array($0.utf8) } ?? inner.map { Array($0.bytes) } ?? []
    }

    func header(_ name: String) -> String? { Header.lookup(in: headers)(name) }

    /// The bytes that end a stream.
    package var bytes: [UInt8] {
        var writer = JSONWriter(capacity: body.count + 256)
        writer.beginObject()
        writer.member("status", status)
        writer.key("headers")
        writer.beginObject()
        for (name, value) in headers {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
        writer.member("body", String(decoding: body, as: UTF8.self))
        writer.member(optional: "version", version)
        writer.endObject()
        return writer.bytes
    }

    package static func == (left: StreamEnvelope, right: StreamEnvelope) -> Bool {
        left.status == right.status && left.body == right.body && left.version == right.version
            && left.error == right.error
            && left.headers.elementsEqual(right.headers) { $0.name == $1.name && $0.value == $1.value }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(status)
        hasher.combine(body)
    }
}
