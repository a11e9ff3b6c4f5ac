import StepwellCore
import StepwellEngine
import StepwellExpressions
import StepwellHTTP
import StepwellModel
import StepwellStore

/// Cancellations of the published API (PROTOCOL §7.1): all runs of a function that were queued in a time in the past, and
/// whose event an expression holds for, are ended. Each is bulk work of the same id.
extension RESTRoutes {
    /// `POST /v1/cancellations`
    func createCancellation(_ exchange: Exchange) {
        context.read { reader in
            do throws(Failure) {
                let catalog = try Catalog(reader)
                let order = try CancellationOrder(
                    try exchange.body(allowing: CancellationOrder.members), catalog, reader)
                if let trouble = context.engine.status.storeTrouble { throw .storeTrouble(trouble) }
                let note = exchange.audit(
                    "cancellation.create", order.function.slug, AuditJSON.request(order.bulk.request, catalog))
                _ = context.engine.ask(reply: { reply in
                    switch reply {
                    case .bulkBegun(let id): answerCreated(exchange, id)
                    case .refused(.tooManyBulks(let most)): exchange.refuse(.tooManyBulks(most))
                    default: exchange.refuse(.stopping)
                    }
                }) { .audited(note, $0, .beginBulk(order.bulk.request, condition: order.bulk.condition, $0)) }
            } catch {
                exchange.refuse(error)
            }
        }
    }

    private func answerCreated(_ exchange: Exchange, _ id: ULID) {
        context.read { reader in
            do throws(Failure) {
                let row = try Self.cancellation(id, reader)
                let catalog = try Catalog(reader)
                exchange.answer(201, json: V1JSON.envelope { CancellationJSON.write(row, catalog, to: &$0) })
            } catch {
                exchange.refuse(error)
            }
        }
    }

    /// `GET /v1/cancellations`, the newest first.
    @Sendable func cancellations(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let query = try exchange.query(knowing: ["limit"])
        let limit = try query.integer("limit", in: .min ... .max) ?? 100
        let rows = try Failure.reading { () throws(StoreError) in
            try reader.bulks(limit: min(max(Int(limit), 1), 100), origin: .cancellation)
        }
        let catalog = try Catalog(reader)
        return V1JSON.envelope { writer in
            writer.beginArray()
            for row in rows { CancellationJSON.write(row, catalog, to: &writer) }
            writer.endArray()
        }
    }

    /// `DELETE /v1/cancellations/{id}`: what it has not ended yet is left as it is.
    func deleteCancellation(_ exchange: Exchange) {
        context.read { [engine = context.engine] reader in
            do throws(Failure) {
                let row = try Self.cancellation(try exchange.id(of: "cancellation"), reader)
                _ = engine.ask(reply: { reply in
                    switch reply {
                    case .bulkStopped: exchange.answer(204)
                    default: exchange.refuse(.stopping)
                    }
                }) {
                    .audited(exchange.audit("cancellation.delete", row.id.description), $0, .withdrawBulk(row.id, $0))
                }
            } catch {
                exchange.refuse(error)
            }
        }
    }

    private static func cancellation(_ id: ULID, _ reader: any StoreReader) throws(Failure) -> BulkRow {
        let row = try Failure.reading { () throws(StoreError) in try reader.bulk(id) }
        guard let row, row.origin == .cancellation else {
            throw .missing(.rowUnknown, "There is no cancellation \(id). GET /v1/cancellations lists the newest.")
        }
        return row
    }
}

/// What a cancellation asks for, checked against what there is.
private struct CancellationOrder: Sendable {
    let function: FunctionRow
    let bulk: BulkOrder

    static let members = ["app_id", "function_id", "started_after", "started_before", "if"]

    init(_ body: BodyReader, _ catalog: Catalog, _ reader: any StoreReader) throws(Failure) {
        guard let app = try body.text("app_id") else { throw body.malformed("app_id", expected: "the id of an app") }
        guard let id = try body.text("function_id") else {
            throw body.malformed("function_id", expected: "the id of one of the app's functions")
        }
        function = try Self.function(id, of: app, catalog)
        let now = SystemClock.wall()
        guard let before = try body.time("started_before"), before <= now else {
            throw body.malformed("started_before", expected: "a time in the past, such as \(DateText.format(now))")
        }
        let after = try body.time("started_after")
        guard after.map({ $0 < before }) ?? true else {
            throw body.malformed("started_after", expected: "a time before started_before")
        }
        let condition = try body.text("if").map { (text) throws(Failure) in
            try BulkOrder.condition(text, of: "if")
        }
        let filter = BulkFilter(
            functions: [function.key], statuses: [.queued, .running], queuedFrom: after, queuedUntil: before)
        bulk = try BulkOrder(
            BulkRequest(action: .cancel, filter: filter, origin: .cancellation), condition: condition, reader)
    }

    /// By its id within the app, as SDKs declare it; by its whole slug where no function of the app has that id.
    private static func function(_ id: String, of app: String, _ catalog: Catalog) throws(Failure) -> FunctionRow {
        let ofApp = catalog.functions.filter { catalog.appName(of: $0) == app }
        let named = ofApp.last { $0.slug == "\(app)-\(id)" } ?? ofApp.last { $0.slug == id }
        guard let function = named else {
            throw .missing(
                .functionUnknown, "There is no function \"\(id)\" of an app \"\(app)\". GET /api/functions lists all.")
        }
        return function
    }
}

private enum CancellationJSON {
    static func write(_ row: BulkRow, _ catalog: Catalog, to writer: inout JSONWriter) {
        let function = catalog.functions.first { row.filter.functions?.contains($0.key) ?? false }
        writer.beginObject()
        writer.member("created_at", DateText.format(row.createdAt))
        writer.member("name", "")
        writer.member("id", row.id.description)
        writer.member("environment_id", V1JSON.environmentID)
        writer.member("function_internal_id", function?.id.description ?? "")
        writer.member("app_id", function.flatMap { catalog.appName(of: $0) } ?? "")
        writer.member("function_id", function?.slug ?? "")
        writer.member(optional: "started_after", row.filter.queuedFrom.map(DateText.format))
        writer.member(optional: "started_before", row.filter.queuedUntil.map(DateText.format))
        writer.member(optional: "if", row.filter.condition)
        writer.member("kind", "bulk")
        writer.member("cause", "api")
        writer.endObject()
    }
}
