import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore

/// Metadata from outside of a step, while a run lasts and afterwards.
extension RESTRoutes {
    func registerMetadata(in router: inout Router) {
        router.on(
            .post, "/v1/runs/{id}/metadata", policy: .sdkSigned, bodyBytesMax: MetadataBody.bytesMax
        ) { addMetadata($0) }
    }

    private func addMetadata(_ exchange: Exchange) {
        if let trouble = context.engine.status.storeTrouble { return exchange.refuse(.storeTrouble(trouble)) }
        context.read { [engine = context.engine] reader in
            do throws(Failure) {
                let run = try exchange.run(in: reader).run.key
                let request = try MetadataBody.request(exchange.request.body, for: run)
                _ = engine.ask(
                    bytes: exchange.request.body.count,
                    reply: { reply in
                        switch reply {
                        case .noted: exchange.answer(200, json: MetadataJSON.done)
                        case .refused(.metadataTooLarge): exchange.refuse(.metadataTooLarge)
                        default: exchange.refuse(.stopping)
                        }
                    }
                ) { .metadata(request, $0) }
            } catch {
                exchange.refuse(error)
            }
        }
    }
}

extension Failure {
    fileprivate static let metadataTooLarge = Failure(
        413, .metadataTooLarge,
        "A step, or a run as a whole, has at most \(MetadataTally.spanBytesMax) bytes of metadata, and a run with all its steps "
            + "\(MetadataTally.runBytesMax). Nothing of this was recorded.")
}

/// Metadata as people see them: what all entries of a kind come to.
enum MetadataJSON {
    static let done = RawJSON(#"{"data":{},"metadata":{}}"#)

    static func write(_ rows: [MetadataRow], to writer: inout JSONWriter) {
        writer.beginArray()
        for summary in summaries(of: rows) {
            writer.beginObject()
            writer.member(nullable: "step_id", summary.stepID)
            writer.member("kind", summary.kind)
            writer.member("updated_at", DateText.format(summary.updatedAt))
            writer.key("values")
            writer.value(.object(JSONObject(summary.values)))
            writer.endObject()
        }
        writer.endArray()
    }

    struct Summary {
        var stepID: String?
        var kind: String
        var updatedAt: Timestamp
        var values: [(String, JSONValue)]
    }

    /// In the order in which a step's kinds first came.
    static func summaries(of rows: [MetadataRow]) -> [Summary] {
        var summaries: [Summary] = []
        var places: [String: Int] = [:]
        for row in rows {
            let name = "\(row.stepID ?? "") \(row.kind)"
            let place = places[name] ?? summaries.count
            if places.updateValue(place, forKey: name) == nil {
                summaries.append(
                    Summary(stepID: row.stepID, kind: row.kind, updatedAt: row.recordedAt, values: []))
            }
            summaries[place].updatedAt = row.recordedAt
            apply(row, to: &summaries[place].values)
        }
        return summaries
    }

    private static func apply(_ row: MetadataRow, to values: inout [(String, JSONValue)]) {
        if row.operation == .set { values = [] }
        for (name, value) in row.values.slice.members ?? [] {
            let place = values.firstIndex { $0.0 == name }
            switch row.operation {
            case .delete: if let place { values.remove(at: place) }
            case .merge, .set: put(JSONValue(value), name, at: place, in: &values)
            case .add:
                let total = place.flatMap { sum(values[$0].1, JSONValue(value)) } ?? JSONValue(value)
                put(total, name, at: place, in: &values)
            }
        }
    }

    private static func put(_ value: JSONValue, _ name: String, at place: Int?, in values: inout [(String, JSONValue)])
    {
        if let place { values[place].1 = value } else { values.append((name, value)) }
    }

    /// Nil for what are no numbers.
    private static func sum(_ left: JSONValue, _ right: JSONValue) -> JSONValue? {
        switch (left, right) {
        case (.integer(let left), .integer(let right)):
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? .double(Double(left) + Double(right)) : .integer(sum)
        case (.integer(let left), .double(let right)): return .double(Double(left) + right)
        case (.double(let left), .integer(let right)): return .double(left + Double(right))
        case (.double(let left), .double(let right)): return .double(left + right)
        default: return nil
        }
    }
}
