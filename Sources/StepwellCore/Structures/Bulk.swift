import StepwellExpressions
import StepwellModel

/// Work on many runs or events that is not finished, as it stands in memory.
final class Bulk {
    var row: BulkRow
    let condition: Expression?
    /// The batch that began it: only when that is durable can a page show all that there was.
    let batch: Int64
    /// A page is being read.
    var isReading = false
    /// Runs of the page in hand that are being read before they are ended.
    var pending = 0
    /// What the page in hand comes to once none of its runs is pending; nil between pages.
    var page: Page?
    /// No page is read before this, for the rate.
    var nextAt: Timestamp
    /// Its progress has changed since it was last written.
    var isChanged = false

    struct Page {
        var cursor: Int64
        /// How many runs were acted on before it.
        var doneBefore: Int
    }

    init(_ row: BulkRow, condition: Expression?, batch: Int64, at now: Timestamp) {
        self.row = row
        self.condition = condition
        self.batch = batch
        nextAt = now
    }

    /// On how many it may still act.
    var left: Int { row.limit.map { max(0, $0 - row.progress.done) } ?? .max }

    /// The next page can be read as soon as it is time.
    var isBetweenPages: Bool { !isReading && page == nil }
}

extension BulkFilter {
    /// Whether a filter's condition holds for an event. What fails does not hold.
    package static func holds(_ condition: Expression?, for event: EventRow?, now: Timestamp) -> Bool {
        guard let condition else { return true }
        guard let event else { return false }
        do {
            let view = EventView(name: event.name, payload: event.payload)
            return try condition.evaluateCondition(Scope(event: view.value, async: nil, now: now))
        } catch {
            return false
        }
    }
}
