import StepwellModel

/// The event that stands for an invocation by URL.
enum Invocation {
    static let eventName = "inngest/function.invoked"

    /// Completes the body of `POST /invoke/SLUG`: an event whose name does not count. An empty body is an event without data.
    static func event(
        _ body: [UInt8], of slug: String, id: ULID, receivedAt: Timestamp
    ) throws(EventError) -> ReceivedEvent {
        let json = body.contains { $0 > 0x20 } ? try parsed(body) : .emptyObject
        guard json.kind == .object else { throw .notAnObject }
        var writer = JSONWriter(capacity: body.count + 128)
        writer.beginObject()
        writer.member("name", eventName)
        writer.key("data")
        try writeData(json["data"], of: slug, to: &writer)
        json.slice.forEachMember { name, value in
            if name == "name" || name == "data" { return }
            writer.key(name)
            writer.raw(value)
        }
        writer.endObject()
        return try ReceivedEvent(internal: writer.json, id: id, receivedAt: receivedAt)
    }

    private static func parsed(_ body: [UInt8]) throws(EventError) -> RawJSON {
        do throws(JSONError) { return try RawJSON(validating: body) } catch { throw .json(error) }
    }

    /// What the sender says about itself under `_inngest` is not believed.
    private static func writeData(
        _ data: JSONSlice?, of slug: String, to writer: inout JSONWriter
    ) throws(EventError) {
        guard data == nil || data?.isNull == true || data?.kind == .object else {
            throw .type(field: "data", expected: "an object")
        }
        writer.beginObject()
        writer.key("_inngest")
        writer.beginObject()
        writer.member("fn_id", slug)
        writer.endObject()
        data?.forEachMember { name, value in
            if name == "_inngest" { return }
            writer.key(name)
            writer.raw(value)
        }
        writer.endObject()
    }
}
