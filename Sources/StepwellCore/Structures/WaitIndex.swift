import StepwellExpressions
import StepwellModel

/// Finds the jobs that wait for an event, without looking at those that wait for another.
///
/// A wait with an equality stands in a hash table of its event name under (path, value); one without stands in a list
/// of its event name, whose expressions must all be evaluated.
///
/// Very many waits may have to be looked at for one event, so a look can be broken off and parked meanwhile.
struct WaitIndex {
    private struct Entry {
        var job: JobReference
        /// The newest event when the wait was registered, which ends it as little as those before.
        var after: EventKey
        var name: Int32
        /// Number of the path that the equality looks at; -1 for a wait without one.
        var path: Int32
        /// Of path and value.
        var digest: Digest
        /// The neighbours in the list of the same digest, or of the name's waits without an equality; -1 at the ends.
        var previous: Int32
        var next: Int32
    }

    /// The waits of one event name.
    private struct Name {
        let text: String
        /// How many waits look at each path, so that only those are looked up in an event.
        var pathCounts: [Int32: Int] = [:]
        /// The first wait of each (path, value).
        var keyed: [Digest: Int32] = [:]
        var firstUnkeyed: Int32 = -1
    }

    private var entries = Slab<Entry>()
    private var residuals: [Int32: Expression] = [:]
    private var names: [Name] = []
    private var nameNumbers: [String: Int32] = [:]
    private var paths: [[String]] = []
    private var pathNumbers: [[String]: Int32] = [:]
    private var parked: [Int: Look] = [:]
    private var lastParked = 0

    var count: Int { entries.count }

    /// Returns the wait's number, by which it is removed.
    mutating func insert(_ job: JobReference, plan: WaitPlan, after: EventKey) -> Int32 {
        let name = number(ofName: plan.eventName)
        var entry = Entry(
            job: job, after: after, name: name, path: -1, digest: Digest(high: 0, low: 0), previous: -1, next: -1)
        if let path = plan.path, let digest = plan.digest {
            entry.path = number(ofPath: path)
            entry.digest = digest.combined(withPath: entry.path)
            names[Int(name)].pathCounts[entry.path, default: 0] += 1
            entry.next = names[Int(name)].keyed[entry.digest] ?? -1
        } else {
            entry.next = names[Int(name)].firstUnkeyed
        }
        let wait = entries.insert(entry)
        if entry.next >= 0 { entries[entry.next].previous = wait }
        setFirst(wait, like: entry)
        if let residual = plan.residual { residuals[wait] = residual }
        return wait
    }

    mutating func remove(_ wait: Int32) {
        let entry = entries[wait]
        entries.remove(wait)
        residuals[wait] = nil
        for number in parked.keys { parked[number]?.pass(wait, to: entry.next) }
        if entry.next >= 0 { entries[entry.next].previous = entry.previous }
        if entry.previous >= 0 {
            entries[entry.previous].next = entry.next
        } else {
            setFirst(entry.next, like: entry)
        }
        guard entry.path >= 0 else { return }
        let left = names[Int(entry.name)].pathCounts[entry.path, default: 1] - 1
        names[Int(entry.name)].pathCounts[entry.path] = left == 0 ? nil : left
    }

    // MARK: - Looking

    /// How far the waits that an event may end have been looked at.
    struct Look {
        /// In each list the next wait; a list that has been looked through has none.
        fileprivate var positions: [Int32]

        var isDone: Bool { positions.isEmpty }

        fileprivate mutating func pass(_ wait: Int32, to next: Int32) {
            for place in positions.indices.reversed() where positions[place] == wait {
                if next >= 0 { positions[place] = next } else { positions.remove(at: place) }
            }
        }
    }

    /// What looking costs: a match is followed by work on its run.
    enum Cost {
        static let look = 1
        static let match = 8
    }

    /// The lists in which waits that this event ends may stand.
    func look(for event: EventView) -> Look {
        guard let number = nameNumbers[event.name] else { return Look(positions: []) }
        let name = names[Int(number)]
        var positions: [Int32] = []
        for path in name.pathCounts.keys.sorted() {
            guard let digest = digest(at: path, of: event), let first = name.keyed[digest] else { continue }
            positions.append(first)
        }
        if name.firstUnkeyed >= 0 { positions.append(name.firstUnkeyed) }
        return Look(positions: positions)
    }

    /// The jobs whose wait the event ends, as far as the budget goes; the look says whether there may be more.
    func matches(
        _ event: EventView, _ key: EventKey, now: Timestamp, _ look: inout Look, budget: inout Int
    ) -> [JobReference] {
        var found: [JobReference] = []
        while budget > 0, var wait = look.positions.popLast() {
            while wait >= 0, budget > 0 {
                let entry = entries[wait]
                budget -= Cost.look
                if entry.after < key, holds(wait, event, now: now) {
                    found.append(entry.job)
                    budget -= Cost.match
                }
                wait = entry.next
            }
            if wait >= 0 { look.positions.append(wait) }
        }
        return found
    }

    /// Of the path and value that a wait looks for.
    func digest(of wait: Int32) -> Digest { entries[wait].digest }

    /// Whether an event that came before the wait would end it.
    func wouldEnd(_ wait: Int32, _ event: EventView, now: Timestamp) -> Bool {
        let entry = entries[wait]
        if entry.path >= 0, digest(at: entry.path, of: event) != entry.digest { return false }
        return holds(wait, event, now: now)
    }

    /// The jobs that wait for this value at this path, whatever else they ask for.
    func jobs(waitingFor plan: WaitPlan) -> [JobReference] {
        guard let path = plan.path, let digest = plan.digest, let name = nameNumbers[plan.eventName],
            let number = pathNumbers[path]
        else { return [] }
        var found: [JobReference] = []
        var wait = names[Int(name)].keyed[digest.combined(withPath: number)] ?? -1
        while wait >= 0 {
            found.append(entries[wait].job)
            wait = entries[wait].next
        }
        return found
    }

    /// Whether an event ends this very wait.
    func doesEnd(_ wait: Int32, _ event: EventView, _ key: EventKey, now: Timestamp) -> Bool {
        let entry = entries[wait]
        guard entry.after < key, nameNumbers[event.name] == entry.name else { return false }
        if entry.path >= 0, digest(at: entry.path, of: event) != entry.digest { return false }
        return holds(wait, event, now: now)
    }

    /// The name of the events that can end a wait.
    func eventName(of wait: Int32) -> String { names[Int(entries[wait].name)].text }

    /// Keeps a look that was broken off: waits that are removed meanwhile are passed over.
    mutating func park(_ look: Look) -> Int {
        lastParked += 1
        parked[lastParked] = look
        return lastParked
    }

    mutating func unpark(_ number: Int) -> Look { parked.removeValue(forKey: number) ?? Look(positions: []) }

    private func digest(at path: Int32, of event: EventView) -> Digest? {
        event.value(at: paths[Int(path)]).flatMap { Digest(equalityValue: $0) }?.combined(withPath: path)
    }

    private func holds(_ wait: Int32, _ event: EventView, now: Timestamp) -> Bool {
        residuals[wait].map { Self.holds($0, for: event, now: now) } ?? true
    }

    /// An expression that fails on an event does not match it.
    private static func holds(_ residual: Expression, for event: EventView, now: Timestamp) -> Bool {
        do {
            return try residual.evaluateCondition(Scope(event: nil, async: event.value, now: now))
        } catch {
            return false
        }
    }

    private mutating func setFirst(_ wait: Int32, like entry: Entry) {
        if entry.path < 0 {
            names[Int(entry.name)].firstUnkeyed = wait
        } else {
            names[Int(entry.name)].keyed[entry.digest] = wait < 0 ? nil : wait
        }
    }

    private mutating func number(ofName name: String) -> Int32 {
        if let number = nameNumbers[name] { return number }
        let number = Int32(names.count)
        names.append(Name(text: name))
        nameNumbers[name] = number
        return number
    }

    private mutating func number(ofPath path: [String]) -> Int32 {
        if let number = pathNumbers[path] { return number }
        let number = Int32(paths.count)
        paths.append(path)
        pathNumbers[path] = number
        return number
    }
}

extension Digest {
    /// Of a value at a path: the same value at two paths must not meet.
    fileprivate func combined(withPath path: Int32) -> Digest {
        Digest(high: high, low: low &+ UInt64(truncatingIfNeeded: path) &* 0x9e37_79b9_7f4a_7c15)
    }
}
