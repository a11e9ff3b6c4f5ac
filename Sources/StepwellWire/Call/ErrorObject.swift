import StepwellModel

/// An error as it crosses the wire: `{name, message, stack?, cause?, data?, error?, …}` (PROTOCOL §3.8).
///
/// Kept as it was sent, since SDKs put marks of their own into it that they look for when they read it back.
package struct ErrorObject: Error, Sendable, Hashable {
    package static let defaultName = "Error"

    /// An object with at least `name` and `message`.
    package let json: RawJSON
    package let name: String
    package let message: String

    /// The members in the order of the canonical form.
    package init(
        name: String = Self.defaultName, message: String, error: String? = nil, stack: String? = nil,
        data: RawJSON? = nil, cause: RawJSON? = nil, noRetry: Bool? = nil
    ) {
        self.name = name
        self.message = message
        var writer = JSONWriter()
        writer.beginObject()
        writer.member(optional: "cause", cause)
        writer.member(optional: "data", data)
        writer.member(optional: "error", error)
        writer.member("message", message)
        writer.member("name", name)
        if let noRetry { writer.member("noRetry", noRetry) }
        writer.member(optional: "stack", stack)
        writer.endObject()
        json = writer.json
    }

    /// Reads what an SDK sent. Missing names and messages are filled in; any value that is no object becomes the message.
    package init(_ value: JSONSlice) {
        guard value.kind == .object else {
            self.init(message: value.string ?? value.text)
            return
        }
        let name = value["name"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let message = value["message"]?.string
        let stored = CanonicalJSON.stored(value).json
        let isComplete = name != nil && message != nil
        let (someName, someMessage) = (name ?? Self.defaultName, message ?? value["error"]?.string ?? "")
        self.init(
            json: isComplete ? stored : Self.completed(stored, name: someName, message: someMessage), name: someName,
            message: someMessage)
    }

    private init(json: RawJSON, name: String, message: String) {
        self.json = json
        self.name = name
        self.message = message
    }

    package var stack: String? { json["stack"]?.string }

    private static func completed(_ object: RawJSON, name: String, message: String) -> RawJSON {
        var writer = JSONWriter(capacity: object.count + 64)
        writer.beginObject()
        object.slice.forEachMember { member, value in
            if member == "name" || member == "message" { return }
            writer.key(member)
            writer.raw(value)
        }
        writer.member("message", message)
        writer.member("name", name)
        writer.endObject()
        return CanonicalJSON.stored(writer.json.slice).json
    }
}
