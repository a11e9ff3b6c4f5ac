import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire

/// What an SDK fetches when a run's state was too large for the call: its results and its events (PROTOCOL §3.1).
struct RunStateRoutes: RouteGroup {
    let context: ServerContext

    func register(in router: inout Router) {
        router.on(.get, "/v0/runs/{id}/actions", policy: .sdkRead) { exchange in
            answer(exchange) { reader, record in
                Self.actions(try reader.steps(of: record.run.key), record.rerun)
            }
        }
        router.on(.get, "/v0/runs/{id}/batch", policy: .sdkRead) { exchange in
            answer(exchange) { reader, record in Self.batch(try reader.events(of: record.run.key)) }
        }
    }

    private func answer(
        _ exchange: Exchange, _ body: @escaping @Sendable (any StoreReader, RunRecord) throws -> RawJSON?
    ) {
        let text = exchange.parameters["id"]
        guard let id = ULID(text) else { return exchange.refuse(Self.gone(text)) }
        context.read { reader in
            do {
                guard let record = try reader.run(id), !record.run.status.isFinal, let json = try body(reader, record)
                else { return exchange.refuse(Self.gone(text)) }
                exchange.answer(200, json: json)
            } catch {
                exchange.refuse(Failure(503, .storeTrouble, "The run cannot be read: \(error)"))
            }
        }
    }

    /// The memos by step id, in the order of the stack: an SDK without a stack goes by it. Behind them what a step is to run
    /// with.
    private static func actions(_ steps: [StepRow], _ rerun: RerunRow?) -> RawJSON {
        var writer = JSONWriter(capacity: steps.reduce(64) { $0 + $1.memo.count + 48 })
        writer.beginObject()
        for step in steps {
            writer.key(step.id)
            writer.raw(step.memo)
        }
        if let input = rerun?.pendingInput(unless: { id in steps.contains { $0.id == id } }) {
            writer.key(input.stepID)
            writer.raw(Memo.input(input.arguments))
        }
        writer.endObject()
        return writer.json
    }

    private static func batch(_ events: [EventRow]) -> RawJSON? {
        guard !events.isEmpty else { return nil }
        var writer = JSONWriter(capacity: events.reduce(8) { $0 + $1.payload.count + 1 })
        writer.beginArray()
        for event in events { writer.raw(event.payload) }
        writer.endArray()
        return writer.json
    }

    private static func gone(_ id: String) -> Failure {
        Failure(410, .runGone, "The run \(id) does not exist or has ended: stop working on it.")
    }
}
