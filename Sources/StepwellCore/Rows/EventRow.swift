import StepwellModel

/// An event as it was accepted, or as the engine emitted it (names that begin with `inngest/`).
package struct EventRow: Sendable, Hashable {
    package var key: EventKey
    /// The id that the server gave it; the sender's own is in the payload.
    package var id: ULID
    package var name: String
    package var receivedAt: Timestamp
    /// `{"data","id","meta"?,"name","ts","user","v"?}`.
    package var payload: RawJSON

    package init(key: EventKey, id: ULID, name: String, receivedAt: Timestamp, payload: RawJSON) {
        self.key = key
        self.id = id
        self.name = name
        self.receivedAt = receivedAt
        self.payload = payload
    }
}

/// An event of a batch beside the first, which is in the run's own row.
package struct RunEventRow: Sendable, Hashable {
    package var runKey: RunKey
    /// From 1, without gaps.
    package var position: Int
    package var eventKey: EventKey

    package init(runKey: RunKey, position: Int, eventKey: EventKey) {
        self.runKey = runKey
        self.position = position
        self.eventKey = eventKey
    }
}

/// Says that an event id has started a run of a function, so that the same id starts no second one for 24 hours.
///
/// Written only for events whose sender gave an id, since no other can come twice.
package struct IdempotencyRow: Sendable, Hashable {
    /// Of the sender's event id.
    package var digest: Digest
    package var functionKey: FunctionKey
    package var runKey: RunKey
    package var createdAt: Timestamp

    package init(digest: Digest, functionKey: FunctionKey, runKey: RunKey, createdAt: Timestamp) {
        self.digest = digest
        self.functionKey = functionKey
        self.runKey = runKey
        self.createdAt = createdAt
    }
}

/// Says that an event repeats another one. Written with the event, never changed.
package struct ResendRow: Sendable, Hashable {
    package var eventKey: EventKey
    package var originalID: ULID
    /// The bulk work that sends it; nil when it was asked for alone.
    package var bulkID: ULID?

    package init(eventKey: EventKey, originalID: ULID, bulkID: ULID? = nil) {
        self.eventKey = eventKey
        self.originalID = originalID
        self.bulkID = bulkID
    }

    init(eventKey: EventKey, _ resent: IncomingEvent.Resent) {
        self.init(eventKey: eventKey, originalID: resent.originalID, bulkID: resent.bulkID)
    }
}
