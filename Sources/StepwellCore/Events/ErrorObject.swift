import StepwellModel

/// Errors in the form in which SDKs read and write them. Source: PROTOCOL, sections 3.2 and 3.8.
package enum ErrorObject {
    /// `{"error","message","name"}`.
    package static func json(name: String, message: String) -> RawJSON {
        overflow(error: message, name: name, message: message)
    }

    /// `{"error":…}` around an error object: what a step that failed leaves in the stack.
    package static func memo(of error: RawJSON) -> RawJSON {
        var json = JSONWriter(capacity: error.count + 16)
        json.beginObject()
        json.member("error", error)
        json.endObject()
        return json.json
    }

    static func overflow(error: String, name: String, message: String) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.member("error", error)
        json.member("message", message)
        json.member("name", name)
        json.endObject()
        return json.json
    }
}
