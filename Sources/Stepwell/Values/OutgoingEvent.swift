import StepwellModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An event on its way out: the data, and optionally an id, a time and a version.
///
/// Events of different types go out together: `try await client.send([.init(created), .init(linked, id: "link-7")])`.
public struct OutgoingEvent: Sendable {
    /// The event's name on the wire.
    public let name: String
    /// Recognises duplicates: of events with the same id, each function runs for the first one only, for 24 hours.
    public internal(set) var id: String?
    /// When it happened, or when functions shall start: a time in the future delays them. Default: when it is received.
    public let timestamp: Date?
    /// The version of the data's shape.
    public let version: String?

    private let encodeData: @Sendable () throws -> RawJSON

    /// An event of a type of yours.
    public init(_ event: some Event, id: String? = nil, timestamp: Date? = nil, version: String? = nil) {
        self.init(name: type(of: event).name, id: id, timestamp: timestamp, version: version) {
            try Codec.encode(event)
        }
    }

    /// An event whose name or shape is known only at run time; `data` should be an object.
    public init(name: String, data: JSON, id: String? = nil, timestamp: Date? = nil, version: String? = nil) {
        self.init(name: name, id: id, timestamp: timestamp, version: version) { try Codec.encode(data) }
    }

    private init(
        name: String, id: String?, timestamp: Date?, version: String?,
        encodeData: @escaping @Sendable () throws -> RawJSON
    ) {
        self.name = name
        self.id = id
        self.timestamp = timestamp
        self.version = version
        self.encodeData = encodeData
    }

    /// Writes the event as PROTOCOL 1.1 has it.
    func write(to writer: inout JSONWriter) throws(StepwellError) {
        guard !name.isEmpty, !name.lowercased().hasPrefix("inngest/") else {
            throw StepwellError(
                .eventNameInvalid,
                "'\(name)' cannot be sent: an event's name is not empty and does not begin with inngest/")
        }
        let data: RawJSON
        do {
            data = try encodeData()
        } catch {
            throw StepwellError(.valueUnencodable, "the data of event '\(name)' cannot be written as JSON: \(error)")
        }
        writer.beginObject()
        writer.member(optional: "id", id)
        writer.member("name", name)
        writer.member("data", data)
        if let timestamp { writer.member("ts", Timestamp(timestamp).milliseconds) }
        writer.member(optional: "v", version)
        writer.endObject()
    }
}
