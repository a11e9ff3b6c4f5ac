package import StepwellModel

/// Where a page begins and how much it holds.
package struct PagePosition: Sendable, Hashable {
    /// The ``Page/next`` of the page before; nil for the newest. An id that does not exist (any more) gives an empty page.
    package var cursor: ULID?
    /// How many rows at most; less than 1 counts as 1.
    package var limit: Int
    /// The page ends with the row whose payload brings it to this size, so that no page fills the memory.
    package var payloadBytesMax: Int

    package init(cursor: ULID? = nil, limit: Int = 20, payloadBytesMax: Int = 8 << 20) {
        self.cursor = cursor
        self.limit = max(limit, 1)
        self.payloadBytesMax = payloadBytesMax
    }
}

/// A part of a list, and how to get the part that follows.
package struct Page<Row: Sendable>: Sendable {
    package var rows: [Row]
    /// The id of the last row when more rows follow; nil at the end.
    package var next: ULID?

    package init(rows: [Row], next: ULID?) {
        self.rows = rows
        self.next = next
    }
}

/// Fills a page: rows come in order until it says that it is full.
package struct PageBuilder<Row: Sendable> {
    private let limit: Int
    private let payloadBytesMax: Int
    private var rows: [Row] = []
    private var payloadBytes = 0
    private var lastID: ULID?
    private var next: ULID?

    package init(_ position: PagePosition) {
        limit = position.limit
        payloadBytesMax = position.payloadBytesMax
    }

    /// Whether the next row, if there is one, belongs to the next page.
    package var isFull: Bool { rows.count >= limit || payloadBytes >= payloadBytesMax }

    package mutating func append(_ row: Row, id: ULID, payloadBytes bytes: Int) {
        rows.append(row)
        payloadBytes += bytes
        lastID = id
    }

    /// Notes that a row follows the full page.
    package mutating func noteMore() { next = lastID }

    package var page: Page<Row> { Page(rows: rows, next: next) }
}
