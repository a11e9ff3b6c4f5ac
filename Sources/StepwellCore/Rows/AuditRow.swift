import StepwellModel

/// What someone wants to be done, and who that is, for the audit log. Never holds a secret.
package struct AuditNote: Sendable, Hashable {
    /// By what the caller has shown who it is: `operator_token`, `signing_key`, `local`; `server` for what ends by itself.
    package var actor: String
    /// From where, as an address; nil for the server itself.
    package var address: String?
    /// Such as `run.cancel`.
    package var verb: String
    /// What it is done to: an id, a slug, a URL.
    package var target: String
    /// What else was said, an object.
    package var detail: RawJSON?

    package init(actor: String, address: String?, verb: String, target: String, detail: RawJSON? = nil) {
        self.actor = actor
        self.address = address
        self.verb = verb
        self.target = target
        self.detail = detail
    }
}

/// Says that something was done. Written with what was done, never changed, never deleted.
package struct AuditRow: Sendable, Hashable {
    /// Rows come in the order of their ids.
    package var id: ULID
    package var recordedAt: Timestamp
    package var note: AuditNote
    /// What came of it: the ids of runs, events or bulk work.
    package var results: [ULID]

    package init(id: ULID, recordedAt: Timestamp, note: AuditNote, results: [ULID] = []) {
        self.id = id
        self.recordedAt = recordedAt
        self.note = note
        self.results = results
    }

    /// One request may invoke many functions.
    package static let resultsMax = 100
}
