import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore

/// Work on many runs or events.
extension RESTRoutes {
    /// `POST /api/bulk`
    func beginBulk(_ exchange: Exchange) {
        context.read { reader in
            do throws(Failure) {
                _ = try exchange.query(allowing: [])
                let body = try exchange.body(allowing: ["action", "filter", "from_step", "rate", "limit", "dry_run"])
                let catalog = try Catalog(reader)
                let order = try BulkOrder(body, catalog, reader)
                if try body.flag("dry_run") ?? false {
                    exchange.answer(200, json: try Self.count(order, reader))
                } else {
                    begin(order, catalog, exchange)
                }
            } catch {
                exchange.refuse(error)
            }
        }
    }

    private func begin(_ order: BulkOrder, _ catalog: Catalog, _ exchange: Exchange) {
        if let trouble = context.engine.status.storeTrouble { return exchange.refuse(.storeTrouble(trouble)) }
        _ = context.engine.ask(reply: { reply in
            switch reply {
            case .bulkBegun(let id): answer(exchange) { (_, reader) throws(Failure) in try Self.bulk(id, reader) }
            case .refused(.tooManyBulks(let most)):
                exchange.refuse(.tooManyBulks(most))
            default: exchange.refuse(.stopping)
            }
        }) {
            .audited(
                exchange.audit("bulk.\(order.request.action.text)", "", AuditJSON.request(order.request, catalog)), $0,
                .beginBulk(order.request, condition: order.condition, $0))
        }
    }

    // MARK: - Dry runs

    /// How long a dry run looks at most.
    private static let countingMax = Duration.seconds(10)

    /// How many runs or events the order would find by now.
    private static func count(_ order: BulkOrder, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let clock = ContinuousClock()
        let deadline = clock.now + countingMax
        var page = BulkPageRequest(
            order.countedSubject, filter: order.request.filter, after: order.request.after,
            through: order.request.through ?? .max, limit: BulkPageRequest.looksMax)
        var found = 0
        while page.after < page.through, clock.now < deadline {
            let next = try Failure.reading { () throws(StoreError) in try reader.bulkPage(page) }
            let now = SystemClock.wall()
            found += next.runs.count { order.isWanted($0.run?.event, now: now) }
            found += next.events.count { order.isWanted($0, now: now) }
            page.after = next.cursor
        }
        return BulkJSON.count(min(found, order.request.limit ?? .max), isComplete: page.after >= page.through)
    }

    // MARK: - Looking and stopping

    /// `GET /api/bulk`
    @Sendable func bulks(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let query = try exchange.query(allowing: ["limit"])
        let limit = try query.integer("limit", in: 1...100) ?? 20
        let rows = try Failure.reading { () throws(StoreError) in try reader.bulks(limit: limit, origin: nil) }
        let catalog = try Catalog(reader)
        return CatalogJSON.list(rows) { BulkJSON.write($0, catalog, to: &$1) }
    }

    /// `GET /api/bulk/{id}`
    @Sendable func bulk(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        _ = try exchange.query(allowing: [])
        return try Self.bulk(try exchange.id(of: "bulk work"), reader)
    }

    private static func bulk(_ id: ULID, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let row = try row(id, reader)
        var writer = JSONWriter()
        BulkJSON.write(row, try Catalog(reader), to: &writer)
        return writer.json
    }

    private static func row(_ id: ULID, _ reader: any StoreReader) throws(Failure) -> BulkRow {
        guard let row = try Failure.reading({ () throws(StoreError) in try reader.bulk(id) }) else {
            throw .missing(.rowUnknown, "There is no bulk work \(id). GET /api/bulk lists the newest.")
        }
        return row
    }

    /// `POST /api/bulk/{id}/stop`
    func stopBulk(_ exchange: Exchange) {
        context.read { [engine = context.engine] reader in
            do throws(Failure) {
                _ = try exchange.query(allowing: [])
                let row = try Self.row(try exchange.id(of: "bulk work"), reader)
                _ = engine.ask(reply: { reply in
                    switch reply {
                    case .bulkStopped:
                        answer(exchange) { (_, reader) throws(Failure) in try Self.bulk(row.id, reader) }
                    case .refused(.bulkNotActive):
                        exchange.refuse(
                            Failure(
                                409, .bulkEnded, "The bulk work \(row.id) has ended, so there is nothing left to stop.")
                        )
                    default: exchange.refuse(.stopping)
                    }
                }) { .audited(exchange.audit("bulk.stop", row.id.description), $0, .stopBulk(row.id, $0)) }
            } catch {
                exchange.refuse(error)
            }
        }
    }
}

extension Failure {
    static func tooManyBulks(_ most: Int) -> Failure {
        Failure(
            409, .bulksTooMany,
            "\(most) works on many runs go on already. Wait for one, or stop one: GET /api/bulk lists them.")
    }
}

/// Work on many runs or events, as the operator's API writes it.
enum BulkJSON {
    static func write(_ bulk: BulkRow, _ catalog: Catalog, to writer: inout JSONWriter) {
        let progress = bulk.progress
        writer.beginObject()
        writer.member("id", bulk.id.description)
        writer.member("action", bulk.action.text)
        writer.member("state", bulk.state.text)
        writer.key("filter")
        write(bulk.filter, catalog, to: &writer)
        writer.key("rate")
        if let rate = bulk.rate { writer.integer(rate) } else { writer.null() }
        writer.key("limit")
        if let limit = bulk.limit { writer.integer(limit) } else { writer.null() }
        writer.key("from_step")
        if let start = bulk.start { write(start, to: &writer) } else { writer.null() }
        writer.member("origin", bulk.origin.text)
        writer.member("created_at", DateText.format(bulk.createdAt))
        writer.member(nullable: "ended_at", bulk.endedAt.map(DateText.format))
        writer.member("percent", bulk.percent)
        writer.member("found", progress.found)
        writer.member("done", progress.done)
        writer.member("refused", progress.refused)
        writer.endObject()
    }

    private static func write(_ start: BulkStart, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("step", start.step)
        writer.member("input", start.input ?? .null)
        writer.endObject()
    }

    static func write(_ filter: BulkFilter, _ catalog: Catalog, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("function")
        write(
            filter.functions.map { keys in catalog.functions.filter { keys.contains($0.key) }.map(\.slug) }, to: &writer
        )
        writer.key("status")
        write(filter.statuses.map { statuses in RunStatus.allCases.filter(statuses.contains).map(\.text) }, to: &writer)
        writer.key("event")
        write(filter.eventNames?.sorted(), to: &writer)
        writer.member(nullable: "from", filter.queuedFrom.map(DateText.format))
        writer.member(nullable: "until", filter.queuedUntil.map(DateText.format))
        writer.member(nullable: "if", filter.condition)
        writer.endObject()
    }

    private static func write(_ texts: [String]?, to writer: inout JSONWriter) {
        guard let texts else { return writer.null() }
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
    }

    static func count(_ found: Int, isComplete: Bool) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("found", found)
        writer.member("is_complete", isComplete)
        writer.endObject()
        return writer.json
    }
}

extension BulkRow {
    /// How much of its way it has gone, by the runs that it has passed.
    fileprivate var percent: Int {
        if state == .completed { return 100 }
        let whole = progress.last - progress.first
        return whole > 0 ? Int((progress.cursor - progress.first) * 100 / whole) : 0
    }
}

extension BulkAction {
    /// As REST and command line write it.
    var text: String {
        switch self {
        case .cancel: "cancel"
        case .rerun: "rerun"
        case .resend: "resend"
        }
    }

    init?(text: String) {
        guard let action = Self.allCases.first(where: { $0.text == text }) else { return nil }
        self = action
    }
}

extension BulkState {
    /// As REST and command line write it.
    var text: String {
        switch self {
        case .running: "running"
        case .completed: "completed"
        case .stopped: "stopped"
        case .limitReached: "limit_reached"
        }
    }
}

extension BulkOrigin {
    /// As REST and command line write it.
    var text: String {
        switch self {
        case .operator: "operator"
        case .cancellation: "cancellation"
        case .withdrawnCancellation: "withdrawn_cancellation"
        }
    }
}
