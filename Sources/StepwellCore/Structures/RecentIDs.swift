import StepwellModel

/// What the store cannot tell yet: ids of events that are accepted and not durable, or that were accepted while the
/// same id was being looked up.
struct RecentIDs {
    private struct Entry {
        var functions: Set<FunctionKey> = []
        /// Whether an event with the id was accepted, and in which batch.
        var batch: Int64?
        var lookups = 0
    }

    private var senders: [Digest: Entry] = [:]
    private var events: [ULID: Entry] = [:]
    /// What may be forgotten once a batch is durable.
    private var noted = Queue<(batch: Int64, id: ID)>()
    private var committed: Int64 = 0

    private enum ID {
        case sender(Digest)
        case event(ULID)
    }

    mutating func beginLookup(of digest: Digest) { senders[digest, default: Entry()].lookups += 1 }
    mutating func beginLookup(of id: ULID) { events[id, default: Entry()].lookups += 1 }

    mutating func endLookup(of digest: Digest) {
        senders[digest]?.lookups -= 1
        forget(.sender(digest))
    }

    mutating func endLookup(of id: ULID) {
        events[id]?.lookups -= 1
        forget(.event(id))
    }

    mutating func note(_ digest: Digest, started function: FunctionKey, inBatch batch: Int64) {
        senders[digest, default: Entry()].functions.insert(function)
        senders[digest]?.batch = batch
        noted.append((batch, .sender(digest)))
    }

    mutating func note(_ id: ULID, inBatch batch: Int64) {
        events[id, default: Entry()].batch = batch
        noted.append((batch, .event(id)))
    }

    func functions(startedBy digest: Digest) -> Set<FunctionKey> { senders[digest]?.functions ?? [] }
    func contains(_ id: ULID) -> Bool { events[id]?.batch != nil }

    mutating func forget(committedThrough sequence: Int64) {
        committed = sequence
        while let first = noted.first, first.batch <= sequence {
            noted.popFirst()
            forget(first.id)
        }
    }

    /// Forgets an id that the store knows by now and that nobody is looking up.
    private mutating func forget(_ id: ID) {
        func isDone(_ entry: Entry?) -> Bool {
            guard let entry else { return false }
            return entry.lookups == 0 && (entry.batch ?? 0) <= committed
        }
        switch id {
        case .sender(let digest): if isDone(senders[digest]) { senders[digest] = nil }
        case .event(let id): if isDone(events[id]) { events[id] = nil }
        }
    }
}
