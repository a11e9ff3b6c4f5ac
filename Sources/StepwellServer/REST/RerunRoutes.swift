import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore

/// Runs again.
extension RESTRoutes {
    /// `POST /api/runs/{id}/rerun`
    ///
    /// Which step is meant is found out here, since only the store knows names; steps that a run has stay where they are, so
    /// what was found is still so when the engine looks.
    func rerun(_ exchange: Exchange) {
        context.read { [engine = context.engine] reader in
            do throws(Failure) {
                _ = try exchange.query(allowing: [])
                let body = try exchange.body(allowing: ["from_step"])
                let start = try body.object("from_step", allowing: ["step_id", "input"])
                let original = try exchange.run(in: reader)
                let from = try start.map { (start) throws(Failure) in try RerunStart(start, of: original, reader) }
                _ = engine.ask(reply: { reply in
                    switch reply {
                    case .rerun(let id):
                        self.answer(exchange) { (_, reader) throws(Failure) in try started(id, reader) }
                    case .refused(.archivedFunction(let slug)): exchange.refuse(.archivedFunction(slug))
                    case .refused(.unknownFunction): exchange.refuse(.unknownFunction(original.functionSlug))
                    default: exchange.refuse(.stopping)
                    }
                }) {
                    .audited(
                        exchange.audit("run.rerun", original.run.id.description, from.map(AuditJSON.start)), $0,
                        .rerun(original.run.key, from: from, $0))
                }
            } catch {
                exchange.refuse(error)
            }
        }
    }

    /// The new run, as far as it has come by now.
    private func started(_ id: ULID, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        guard let record = try Failure.reading({ () throws(StoreError) in try reader.run(id) }) else {
            throw .missing(.rowUnknown, "There is no run \(id).")
        }
        var writer = JSONWriter()
        writer.beginObject()
        RunJSON.writeSummary(record, to: &writer)
        writer.endObject()
        return writer.json
    }
}

extension Failure {
    static func archivedFunction(_ slug: String) -> Failure {
        Failure(
            409, .functionArchived,
            "The function \(slug) is no longer in its app's registration, so it begins no runs. Register it again first."
        )
    }
}

extension RerunStart {
    /// The step that a request names: by the SDK's hashed id, or by its name when that is the name of one step alone.
    fileprivate init(_ body: BodyReader, of original: RunRecord, _ reader: any StoreReader) throws(Failure) {
        guard let named = try body.text("step_id") else {
            throw body.malformed("step_id", expected: "the id or the name of a step")
        }
        let input = try body.array("input")
        let steps = try Failure.reading { () throws(StoreError) in try NamedStep.all(of: original.run.key, reader) }
        let step = try Self.choose(named, from: steps, of: original.run.id)
        if input != nil, !step.takesInput {
            throw Failure(
                400, .bodyInvalid,
                "The step \"\(step.name)\" is of kind \(step.kind?.text ?? "run"), which takes no input. Leave input out."
            )
        }
        self.init(stepID: step.id, input: input)
    }

    private static func choose(_ named: String, from steps: [NamedStep], of run: ULID) throws(Failure) -> NamedStep {
        switch NamedStep.choose(named, from: steps) {
        case .one(let step): return step
        case .none:
            let all = steps.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw .missing(
                .stepUnknown,
                "The run \(run) has no step \"\(named)\"\(steps.isEmpty ? "; it has none at all" : ": it has \(all)").")
        case .several(let candidates):
            let ids = candidates.map(\.id).joined(separator: ", ")
            throw Failure(
                409, .stepAmbiguous,
                "The run \(run) has \(candidates.count) steps \"\(named)\". Name the one that you mean by its id: \(ids)."
            )
        }
    }
}

extension NamedStep {
    fileprivate static func all(of run: RunKey, _ reader: any StoreReader) throws(StoreError) -> [NamedStep] {
        var steps = try reader.steps(of: run).map { NamedStep($0) }
        var known = Set(steps.map(\.id))
        func add(_ id: String?, _ name: String?, _ job: JobKind?) {
            guard let id, !id.isEmpty, known.insert(id).inserted else { return }
            steps.append(NamedStep(id: id, name: name, job: job))
        }
        // A run that sleeps, waits, or was ended while a step was tried again, has no result of it.
        for job in try reader.pendingActions(of: run).map(\.job) {
            add(job.detail.stepID, job.detail.stepName, job.core.kind)
        }
        for attempt in try reader.attempts(of: run) { add(attempt.stepID, attempt.stepName, nil) }
        return steps
    }
}
