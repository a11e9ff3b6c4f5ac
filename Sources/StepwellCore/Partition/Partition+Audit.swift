import StepwellModel

/// The audit log: what was done goes into the batch that does it, and what was refused into none.
///
/// A note waits under its caller's token for the reply, since the reply is made where the deed is done, also when a run had
/// to be read first.
extension Partition {
    func reply(_ token: ReplyToken, _ reply: Reply) {
        if let note = audits.removeValue(forKey: token) { record(note, reply) }
        effects.append(.reply(token, reply))
    }

    private func record(_ note: AuditNote, _ reply: Reply) {
        switch reply {
        case .refused: break
        case .rerun(let id), .bulkBegun(let id): record(note, results: [id])
        case .accepted(let ids): record(note, results: Array(ids.prefix(AuditRow.resultsMax)))
        case .registered, .removed, .cancelled, .bulkStopped, .functionStateChanged, .explained, .noted, .signalled,
            .pong:
            record(note)
        }
    }

    func record(_ note: AuditNote, results: [ULID] = []) {
        var id = freshID()
        // Rows of one millisecond keep their order.
        if let last = lastAuditID, id <= last { id = last.successor }
        lastAuditID = id
        writes.append(.insertAudit(AuditRow(id: id, recordedAt: now.engine, note: note, results: results)))
    }
}

extension ULID {
    fileprivate var successor: ULID {
        low == .max ? ULID(high: high &+ 1, low: 0) : ULID(high: high, low: low + 1)
    }
}
