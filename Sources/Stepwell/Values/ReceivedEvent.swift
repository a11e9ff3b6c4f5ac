import StepwellModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An event as a function receives it: the data, and what the server knows about it.
public struct ReceivedEvent<Payload: Codable & Sendable>: Sendable {
    /// What the sender said happened.
    public let data: Payload
    /// The event's id: the sender's if it gave one, else the server's.
    public let id: String
    /// The event's name.
    public let name: String
    /// When it happened, by the sender's word; else when the server received it. In milliseconds.
    public let timestamp: Date
    /// The version of the data's shape, if the sender gave one.
    public let version: String?
    /// All events of the batch, this one first; a batch of one for a function that does not batch.
    public var batch: [ReceivedEvent] { others.isEmpty ? [self] : [self] + others }

    /// The further events of a batch.
    private let others: [ReceivedEvent]
    /// The event as it came.
    let json: RawJSON

    /// An event; useful in tests of code that takes one.
    ///
    /// - Throws: `EncodingError` if the data cannot be written as JSON.
    public init(
        data: Payload, id: String, name: String, timestamp: Date, version: String? = nil,
        batch others: [ReceivedEvent] = []
    ) throws {
        self.data = data
        self.id = id
        self.name = name
        self.timestamp = timestamp
        self.version = version
        self.others = others
        json = try Codec.encode(data)
    }

    init(json: JSONSlice, others: [ReceivedEvent] = []) throws(StepwellError) {
        name = json["name"]?.string ?? ""
        id = json["id"]?.string ?? ""
        timestamp = Timestamp(milliseconds: json["ts"]?.integer ?? 0).date
        version = json["v"]?.string
        self.others = others
        let data = json["data"].flatMap { $0.isNull ? nil : $0 } ?? RawJSON.emptyObject.slice
        self.json = data.raw
        do {
            self.data = try Codec.decode(Payload.self, from: data)
        } catch {
            throw StepwellError(
                .eventUndecodable,
                "the data of event '\(name)' (\(id)) are no \(Payload.self): \(Codec.explain(error)). "
                    + "Make the property optional or give it a default, or correct the sender.")
        }
    }

    /// The events of one call, the first with the others in its batch.
    init(batch events: [JSONSlice]) throws(StepwellError) {
        var others: [ReceivedEvent] = []
        for event in events.dropFirst() { others.append(try ReceivedEvent(json: event)) }
        try self.init(json: events.first ?? RawJSON.emptyObject.slice, others: others)
    }

    /// This event as one of type `type`, for functions with several triggers; nil if it has another name.
    ///
    /// - Throws: ``StepwellError`` with code SW0203 if the data do not have the shape of `type`.
    public func `as`<Other: Event>(_ type: Other.Type) throws -> ReceivedEvent<Other>? {
        guard name == type.name else { return nil }
        do {
            let data = try Codec.decode(type, from: json.slice)
            return try ReceivedEvent<Other>(data: data, id: id, name: name, timestamp: timestamp, version: version)
        } catch {
            throw StepwellError(
                .eventUndecodable, "the data of event '\(name)' (\(id)) are no \(type): \(Codec.explain(error))")
        }
    }
}
