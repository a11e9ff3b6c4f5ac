import StepwellCore
import StepwellModel
import StepwellStore

/// The row keys among which a page looks, both ends included.
struct KeyRange {
    var first: Int64
    var last: Int64

    static let everything = KeyRange(first: .min, last: .max)
}

/// A table whose rows come in the order of their times, so that a time finds its key by halving, without an index.
///
/// Keys are given in the order in which the engine takes rows in, and times come from the edge, so neighbours can be out of
/// order by a little. The range is wider by ``slack`` at both ends; the query itself looks at each row's time.
struct TimeOrderedTable {
    let name: StaticString
    let timeColumn: StaticString

    static let events = TimeOrderedTable(name: "events", timeColumn: "received_at")
    static let runs = TimeOrderedTable(name: "runs", timeColumn: "queued_at")

    static let slack = Milliseconds.seconds(10)
}

extension ReadSession {
    /// The keys of a table that a page can hold by its cursor and times; nil when its cursor names nothing.
    func keyRange(
        in table: TimeOrderedTable, _ position: PagePosition, from: Timestamp?, until: Timestamp?
    ) throws(StoreError) -> KeyRange? {
        var range = KeyRange.everything
        if let cursor = position.cursor {
            guard let key = try key(of: cursor, in: table.name) else { return nil }
            range.last = key - 1
        }
        if let from { range.first = try firstKey(in: table, at: from - TimeOrderedTable.slack) ?? range.last }
        if let until, let end = try firstKey(in: table, at: until + TimeOrderedTable.slack) {
            range.last = min(range.last, end)
        }
        return range
    }

    /// The keys of a time as bounds of which the first is left out; nil when there are none.
    func keys(
        in table: TimeOrderedTable, from: Timestamp?, until: Timestamp?
    ) throws(StoreError) -> (after: Int64, through: Int64)? {
        guard let range = try keyRange(in: table, PagePosition(), from: from, until: until) else { return nil }
        return (max(range.first, 1) - 1, range.last)
    }

    /// The key of a row of that time or later, before which all rows are earlier by less than the slack; nil when there is
    /// no such row.
    private func firstKey(in table: TimeOrderedTable, at time: Timestamp) throws(StoreError) -> Int64? {
        var low = try connectionKey("SELECT min(key) FROM \(table.name)")
        var high = try connectionKey("SELECT max(key) FROM \(table.name)") + 1
        let end = high
        let probe = try statement(
            "SELECT key, \(table.timeColumn) FROM \(table.name) WHERE key >= ? ORDER BY key LIMIT 1")
        while low < high {
            let middle = low + (high - low) / 2
            probe.bind(1, middle)
            guard try probe.step() else { return nil }
            let isEarlier = probe.time(1) < time
            let key = probe.integer(0)
            probe.reset()
            if isEarlier { low = key + 1 } else { high = middle }
        }
        return low < end ? low : nil
    }

    private func connectionKey(_ sql: String) throws(StoreError) -> Int64 {
        try all(try statement(sql)) { $0.integer(0) }.first ?? 0
    }
}
