/// An event as the server takes it in: checked, completed and in canonical form (PROTOCOL §1.1, §1.2, §1.4).
package struct ReceivedEvent: Sendable, Hashable {
    /// 3 MiB: what one event may measure as it was sent.
    package static let bytesMax = 3 << 20
    package static let nameBytesMax = 512
    private static let timeEarliest = Timestamp(milliseconds: 315_532_800_000)
    private static let timeLatest = Timestamp(milliseconds: 4_102_444_800_000)

    /// Ours, fresh for each event; what the event API answers with.
    package let internalID: ULID
    /// The `id` that the sender gave, by which duplicates are recognised; nil if there was none.
    package let senderID: String?
    package let name: String
    /// The event's own time: `ts`, or when it was received.
    package let time: Timestamp
    package let sessions: EventSessions
    /// `{data,id,meta?,name,ts,user,v?}`, `data` and `user` always objects.
    package let json: RawJSON
    /// What `json` would lose in canonical form. Of such an event `data`, `user` or both are as they were sent.
    package let losses: CanonicalJSON.Losses

    /// The `id` member of `json`: the sender's, or else the internal id.
    package var id: String { senderID ?? internalID.description }

    /// Checks and completes one event from outside.
    /// - Parameters:
    ///   - event: One valid JSON value.
    ///   - receivedAt: Taken for `ts` when that is 0 or missing.
    package init(_ event: JSONSlice, id: ULID, receivedAt: Timestamp) throws(EventError) {
        guard event.count <= Self.bytesMax else { throw .tooLarge(bytes: event.count) }
        let fields = try EventFields(event)
        let name = fields.name ?? ""
        if Self.isReserved(name) { throw .nameReserved(name) }
        try self.init(fields, name: name, id: id, receivedAt: receivedAt)
    }

    /// Completes an event that is sent once more: as an earlier one, with an id and a time of its own, so that nobody takes it for
    /// a repetition.
    /// - Parameter payload: The earlier one's ``json``.
    package init(repeating payload: RawJSON, id: ULID, receivedAt: Timestamp) throws(EventError) {
        var writer = JSONWriter(capacity: payload.count)
        writer.beginObject()
        payload.slice.forEachMember { name, value in
            if name == "id" || name == "ts" { return }
            writer.key(name)
            writer.raw(value)
        }
        writer.endObject()
        try self.init(writer.json.slice, id: id, receivedAt: receivedAt)
    }

    /// Completes an event that Stepwell itself sends, whose name may be a reserved one.
    package init(internal event: RawJSON, id: ULID, receivedAt: Timestamp) throws(EventError) {
        let fields = try EventFields(event.slice)
        try self.init(fields, name: fields.name ?? "", id: id, receivedAt: receivedAt, isInternal: true)
    }

    private init(
        _ fields: EventFields, name: String, id: ULID, receivedAt: Timestamp, isInternal: Bool = false
    ) throws(EventError) {
        guard !name.isEmpty else { throw .nameEmpty }
        guard name.utf8.count <= Self.nameBytesMax else { throw .nameTooLong(bytes: name.utf8.count) }
        let time = fields.time.flatMap { $0 == 0 ? nil : Timestamp(milliseconds: $0) } ?? receivedAt
        guard time >= Self.timeEarliest else { throw .timestampTooEarly }
        guard time <= Self.timeLatest else { throw .timestampTooLate }
        internalID = id
        senderID = fields.id.flatMap { $0.isEmpty ? nil : $0 }
        self.name = name
        self.time = time
        sessions = try EventSessions(meta: fields.meta)
        var losses: CanonicalJSON.Losses = []
        let data = Self.payload(fields.data, keepsInternal: isInternal, losses: &losses)
        let user = Self.payload(fields.user, keepsInternal: true, losses: &losses)
        self.losses = losses
        var writer = JSONWriter(capacity: data.count + user.count + 128)
        writer.beginObject()
        writer.member("data", data)
        writer.member("id", senderID ?? id.description)
        if !sessions.isEmpty {
            writer.key("meta")
            sessions.write(to: &writer)
        }
        writer.member("name", name)
        writer.member("ts", time.milliseconds)
        writer.member("user", user)
        writer.member(optional: "v", fields.version)
        writer.endObject()
        json = writer.json
    }

    /// Names under `inngest/`, in any case, are for events that the server sends.
    package static func isReserved(_ name: String) -> Bool {
        let prefix = "inngest/".utf8
        return name.utf8.count >= prefix.count
            && zip(name.utf8, prefix).allSatisfy { (0x41...0x5A).contains($0) ? $0 | 0x20 == $1 : $0 == $1 }
    }

    /// An object in canonical form, or as it was sent where that form would change a number.
    ///
    /// `_inngest` is taken out of a sender's data: through it a sender could pretend to be the server.
    private static func payload(
        _ object: JSONSlice?, keepsInternal: Bool, losses: inout CanonicalJSON.Losses
    ) -> RawJSON {
        guard let object else { return .emptyObject }
        let original = keepsInternal || object["_inngest"] == nil ? object : withoutInternal(object).slice
        let (json, changes) = CanonicalJSON.stored(original)
        losses.formUnion(changes)
        return json
    }

    private static func withoutInternal(_ object: JSONSlice) -> RawJSON {
        var writer = JSONWriter(capacity: object.count)
        writer.beginObject()
        object.forEachMember { name, value in
            if name == "_inngest" { return }
            writer.key(name)
            writer.raw(value)
        }
        writer.endObject()
        return writer.json
    }
}

/// The members of an event object that mean something, their types checked. Others are dropped.
private struct EventFields {
    var id: String?
    var name: String?
    var time: Int64?
    var version: String?
    var data: JSONSlice?
    var user: JSONSlice?
    var meta: JSONSlice?

    init(_ event: JSONSlice) throws(EventError) {
        var fields = EventFields()
        let isObject = try event.forEachMember { (name, value) throws(EventError) in
            switch name {
            case "id": fields.id = try Self.string(value, "id")
            case "name": fields.name = try Self.string(value, "name")
            case "v": fields.version = try Self.string(value, "v").flatMap { $0.isEmpty ? nil : $0 }
            case "ts":
                fields.time = value.integer
                if value.integer == nil, !value.isNull {
                    throw .type(field: "ts", expected: "a whole number of milliseconds since 1970")
                }
            case "data": fields.data = try Self.object(value, "data")
            case "user": fields.user = try Self.object(value, "user")
            case "meta": fields.meta = value
            default: break
            }
        }
        guard isObject else { throw .notAnObject }
        self = fields
    }

    private init() {}

    private static func string(_ value: JSONSlice, _ field: String) throws(EventError) -> String? {
        if value.isNull { return nil }
        guard let string = value.string else { throw .type(field: field, expected: "a string") }
        return string
    }

    private static func object(_ value: JSONSlice, _ field: String) throws(EventError) -> JSONSlice? {
        if value.isNull { return nil }
        guard value.kind == .object else { throw .type(field: field, expected: "an object") }
        return value
    }
}
