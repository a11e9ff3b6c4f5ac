import StepwellCore
import StepwellStore

/// Reads back what the engine keeps in memory: one pass over each of the small tables, in the order of their keys.
struct Recovery {
    private let connection: Connection
    private let rows: RowReader

    init(_ connection: Connection, _ payloads: PayloadTable) {
        self.connection = connection
        rows = RowReader(connection, payloads)
    }

    func run(into sink: (RecoveredRow) -> Void) throws(StoreError) {
        try each("SELECT \(Columns.app) FROM apps ORDER BY key") { (row) throws(StoreError) in
            sink(.app(try rows.app(row)))
        }
        try each("SELECT \(Columns.function) FROM functions ORDER BY key") { (row) throws(StoreError) in
            sink(.function(try rows.function(row)))
        }
        try each("SELECT \(Columns.throttle) FROM throttles ORDER BY function, key_hash") { (row) in
            sink(.throttle(rows.throttle(row)))
        }
        try each("SELECT \(Columns.throttle) FROM rate_limits ORDER BY function, key_hash") { (row) in
            sink(.rateLimit(rows.rateLimit(row)))
        }
        try each("SELECT function, expression, last_tick FROM crons ORDER BY function, expression") { (row) in
            sink(
                .cron(
                    CronRow(
                        functionKey: FunctionKey(row.integer(0)), expression: row.text(1), lastTick: row.time(2))))
        }
        try each("SELECT \(Columns.functionState) FROM function_states ORDER BY function") { (row) throws(StoreError) in
            sink(.functionState(try rows.functionState(row)))
        }
        try each("SELECT \(Columns.bulk) FROM bulk_work WHERE state = 0 ORDER BY id") { (row) throws(StoreError) in
            sink(.bulk(try rows.bulk(row)))
        }
        try each("SELECT \(Columns.keyRenewal) FROM key_renewals") { (row) throws(StoreError) in
            sink(.keyRenewal(try rows.keyRenewal(row)))
        }
        try each("SELECT \(Columns.jobCore) FROM jobs ORDER BY key") { (row) throws(StoreError) in
            sink(.job(try rows.jobCore(row)))
        }
        try each("SELECT \(Columns.wait) FROM waits ORDER BY job") { (row) throws(StoreError) in
            sink(.wait(try rows.wait(row)))
        }
        try each("SELECT \(Columns.hold) FROM holds ORDER BY job") { (row) in sink(.hold(rows.hold(row))) }
        try each("SELECT name, max(event) FROM deliveries GROUP BY name ORDER BY name") { (row) in
            sink(.deliveries(name: row.text(0), last: EventKey(row.integer(1))))
        }
    }

    private func each(_ sql: String, _ body: (Statement) throws(StoreError) -> Void) throws(StoreError) {
        let statement = try connection.prepare(sql)
        while try statement.step() { try body(statement) }
    }
}
