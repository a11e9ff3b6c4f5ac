import StepwellModel

/// How an app hands over its functions.
package enum SyncKind: String, Sendable, Hashable {
    /// It posts them to the server's `/fn/register`.
    case outOfBand = "out_of_band"
    /// It returns them in the answer to the server's `PUT`.
    case inBand = "in_band"
}

/// Whether a server is for development or for the real thing: `X-Inngest-Server-Kind`.
package enum ServerKind: String, Sendable, Hashable {
    case development = "dev"
    case cloud = "cloud"
}

/// The body of the server's `PUT` to an app: exactly `{"url":…}`, since some SDKs refuse more (PROTOCOL §2.1, §2.3).
package struct SyncRequest: Sendable, Hashable {
    package var url: String

    package init(url: String) { self.url = url }

    package init?(parsing body: [UInt8]) {
        guard let url = (try? RawJSON(validating: body))?["url"]?.string else { return nil }
        self.url = url
    }

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("url", url)
        writer.endObject()
        return writer.bytes
    }
}

/// An app's answer to a `PUT`: how its own registration went.
package struct SyncReply: Sendable, Hashable {
    package var message: String
    package var isModified: Bool
    /// The Python SDK answers 200 to the `PUT` also when the server has refused, and hands on the server's words.
    package private(set) var isRefusal = false

    package init(message: String, isModified: Bool) {
        self.message = message
        self.isModified = isModified
    }

    package init?(parsing body: [UInt8]) {
        guard let json = try? RawJSON(validating: body), json.kind == .object else { return nil }
        message = json["message"]?.string ?? json["error"]?.string ?? ""
        isModified = json["modified"]?.bool ?? false
        isRefusal = (json["status"]?.integer ?? 200) >= 400
    }

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("message", message)
        writer.member("modified", isModified)
        writer.endObject()
        return writer.bytes
    }
}
