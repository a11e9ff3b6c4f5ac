import StepwellCore
import StepwellModel
import StepwellStore

/// Who has done what.
extension RESTRoutes {
    /// `GET /api/audit`
    @Sendable func audits(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let query = try exchange.query(allowing: ["verb", "from", "until", "cursor", "limit"])
        let audits = AuditQuery(
            verb: try query.text("verb"), recordedFrom: try query.time("from"), recordedUntil: try query.time("until"),
            position: try query.position())
        return AuditJSON.page(try Failure.reading { () throws(StoreError) in try reader.audits(audits) })
    }
}

/// The audit log, as the operator's API writes it, and the details that go into it.
enum AuditJSON {
    static func page(_ page: Page<AuditRow>) -> RawJSON {
        page.json { write($0, to: &$1) }
    }

    private static func write(_ row: AuditRow, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", row.id.description)
        writer.member("recorded_at", DateText.format(row.recordedAt))
        writer.member("actor", row.note.actor)
        writer.member(nullable: "address", row.note.address)
        writer.member("verb", row.note.verb)
        writer.member("target", row.note.target)
        writer.member("detail", row.note.detail ?? .null)
        writer.key("result_ids")
        writer.beginArray()
        for id in row.results { writer.string(id.description) }
        writer.endArray()
        writer.endObject()
    }

    // MARK: - Details

    /// What a step is to run with may be a secret, so that it is only said whether there is something.
    static func start(_ start: RerunStart) -> RawJSON {
        object { writer in
            writer.member("step_id", start.stepID)
            writer.member("has_input", start.input != nil)
        }
    }

    static func request(_ request: BulkRequest, _ catalog: Catalog) -> RawJSON {
        object { writer in
            writer.key("filter")
            BulkJSON.write(request.filter, catalog, to: &writer)
            if let start = request.start {
                writer.member("from_step", start.step)
                writer.member("has_input", start.input != nil)
            }
            writer.member(optional: "rate", request.rate)
            writer.member(optional: "limit", request.limit)
        }
    }

    /// The slugs of functions, as many as a row has room for.
    static func functions(_ functions: [FunctionRow]) -> RawJSON {
        object { writer in
            writer.member("count", functions.count)
            writer.key("functions")
            writer.beginArray()
            for function in functions.prefix(AuditRow.resultsMax) { writer.string(function.slug) }
            writer.endArray()
        }
    }

    private static func object(_ members: (inout JSONWriter) -> Void) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return writer.json
    }
}
