import StepwellModel

/// A binary heap of times at which something is due.
///
/// Nothing is removed early: the owner recognises an entry whose subject has gone or moved when it comes up, and has the
/// heap rebuilt when such entries are the greater part.
struct TimerQueue<Subject> {
    struct Entry {
        var due: Timestamp
        var subject: Subject
    }

    private var entries: ContiguousArray<Entry> = []

    var count: Int { entries.count }
    var nextDue: Timestamp? { entries.first?.due }

    mutating func insert(_ subject: Subject, due: Timestamp) {
        entries.append(Entry(due: due, subject: subject))
        siftUp(entries.count - 1)
    }

    /// The earliest entry, if it is due.
    mutating func popDue(at now: Timestamp) -> Entry? {
        guard let first = entries.first, first.due <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown(0)
        }
        return first
    }

    /// Drops the entries that `isAlive` denies.
    mutating func compact(_ isAlive: (Entry) -> Bool) {
        entries.removeAll { !isAlive($0) }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    func forEach(_ body: (Entry) -> Void) { entries.forEach(body) }

    private mutating func siftUp(_ start: Int) {
        var child = start
        let entry = entries[child]
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.due < entries[parent].due else { break }
            entries[child] = entries[parent]
            child = parent
        }
        entries[child] = entry
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        let entry = entries[parent]
        while true {
            var child = 2 * parent + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count && entries[child + 1].due < entries[child].due { child += 1 }
            guard entries[child].due < entry.due else { break }
            entries[parent] = entries[child]
            parent = child
        }
        entries[parent] = entry
    }
}

/// A job's slot together with the low half of its key, which tells whether the slot is still that job's.
struct JobReference: Hashable {
    var slot: Int32
    var keyLow: UInt32

    init(slot: Int32, key: JobKey) {
        self.slot = slot
        keyLow = UInt32(truncatingIfNeeded: key.value)
    }
}
