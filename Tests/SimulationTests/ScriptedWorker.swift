import StepwellCore
import StepwellModel

/// Answers calls as an SDK would: stateless, from what the call says.
struct ScriptedWorker {
    /// What a call led to.
    struct Work {
        var outcome: CallOutcome
        /// The step whose body ran.
        var executed: String?
        /// An event that the body sent, with its id.
        var sent: (name: String, id: String)?
    }

    func work(on order: CallOrder, at moment: Moment) -> Work {
        var work = answer(to: order, at: moment)
        guard let script = Script.bySlug[order.function.slug], !script.deferred.isEmpty,
            case .operations(let operations, let version) = work.outcome
        else { return work }
        work.outcome = .operations(Self.deferrals(script, order) + operations, requestVersion: version)
        return work
    }

    private static func deferrals(_ script: Script, _ order: CallOrder) -> [Operation] {
        guard order.steps.isEmpty else {
            let last = "defer-\(script.deferred.count - 1)"
            return [Operation(id: "abort", name: "abort", kind: .deferAbort(last), options: nil)]
        }
        return script.deferred.enumerated().map { place, slug in
            Operation(
                id: "defer-\(place)", name: "defer",
                kind: .deferAdd(function: slug, input: RawJSON(#"{"k":"a"}"#), note: nil), options: nil,
                metadata: [
                    MetadataEntry(isOfRun: true, kind: "sim", operation: .merge, values: RawJSON(#"{"n":1}"#))
                ])
        }
    }

    private func answer(to order: CallOrder, at moment: Moment) -> Work {
        guard let script = Script.bySlug[order.function.slug] else {
            return Work(outcome: .failed(error: .null, retry: .never))
        }
        let memos = Dictionary(order.steps.map { ($0.id, $0.memo) }) { first, _ in first }
        if let target = order.stepID {
            guard let stage = Script.leaves(script.stages).first(where: { $0.name == target }) else {
                return Work(outcome: .failed(error: .null, retry: .never))
            }
            return execute(stage, order, script)
        }
        let open = Script.open(script.stages, memos)
        guard let first = open.first else { return finish(script, memos, order) }
        if open.count == 1 && !order.forcesStepPlan && first.isStep { return execute(first, order, script) }
        let operations = open.map { plan($0, order, script, at: moment) }
        return Work(outcome: .operations(operations, requestVersion: script.version))
    }

    /// What somebody else's server answers, the same whoever asks.
    func fetch(_ order: GatewayOrder, slug: String) -> CallOutcome {
        let stages = Script.leaves(Script.bySlug[slug]?.stages ?? [])
        guard case .fetch(let name, let failures)? = stages.first(where: { $0.name == order.stepID }) else {
            return .failed(error: .null, retry: .never)
        }
        if order.attempt < failures {
            return .failed(error: RawJSON(#"{"message":"refused","name":"GatewayError"}"#), retry: .standard)
        }
        return .fetched(memo: RawJSON(validated: Array("{\"data\":\"\(order.runKey.value).\(name)\"}".utf8)))
    }

    private func finish(_ script: Script, _ memos: [String: RawJSON], _ order: CallOrder) -> Work {
        let output = script.output(memos)
        // Half of the workers say it as an operation, as checkpointing SDKs do.
        guard order.generation % 2 == 0 else { return Work(outcome: .completed(output: output)) }
        let operation = Operation(id: "complete", name: "", kind: .completed(output: output), options: nil)
        return Work(outcome: .operations([operation], requestVersion: script.version))
    }

    private func execute(_ stage: Script.Stage, _ order: CallOrder, _ script: Script) -> Work {
        guard case .step(let name, let behavior) = stage else {
            return Work(outcome: .failed(error: .null, retry: .never))
        }
        let error = RawJSON(#"{"message":"thrown","name":"Error"}"#)
        let isLast = order.attempt + 1 >= script.attempts
        var sent: (String, String)?
        let kind: Operation.Kind
        switch behavior {
        case .throwsFirst(let count) where order.attempt < count:
            kind = isLast ? .failed(error: error) : .threw(error: error, retry: .standard)
        case .failsForGood: kind = .threw(error: error, retry: .never)
        case .sends(let event):
            sent = (event, "\(order.runID).\(name)")
            kind = .ran(memo: Self.memo(order, name))
        case .succeeds, .throwsFirst: kind = .ran(memo: Self.memo(order, name))
        }
        let operation = Operation(id: name, name: name, kind: kind, options: nil)
        return Work(
            outcome: .operations([operation], requestVersion: script.version), executed: name, sent: sent)
    }

    private static func memo(_ order: CallOrder, _ name: String) -> RawJSON {
        RawJSON(validated: Array("{\"data\":\"\(order.runID).\(name)\"}".utf8))
    }

    private func plan(_ stage: Script.Stage, _ order: CallOrder, _ script: Script, at moment: Moment) -> Operation {
        let kind: Operation.Kind
        var options: RawJSON?
        switch stage {
        case .step: kind = .planned
        case .sleep(_, let span): kind = .sleep(.after(span))
        case .sleepUntil(_, let span):
            let start = order.event.value(at: ["ts"])?.integer ?? 0
            kind = .sleep(.at(Timestamp(milliseconds: start) + span))
        case .wait(_, let event, let timeout): kind = wait(event, timeout, order, at: moment)
        case .signal(_, let name, let timeout, let replaces):
            let key = order.event.value(at: ["data", "k"])?.string ?? ""
            kind = .waitForSignal("\(name)-\(key)", timeout: .after(timeout), replaces: replaces)
        case .fetch: kind = .gateway
        case .waitBack(_, let event, let timeout): kind = wait(event, timeout, order, at: moment, since: .runStart)
        case .any(_, let group, let event, let timeout):
            kind = wait(event, timeout, order, at: moment)
            options = RawJSON(validated: Array("{\"any\":\"\(group)\"}".utf8))
        case .invoke(_, let target, let timeout):
            let payload = InvokePayload(data: RawJSON(#"{"k":"invoked"}"#), user: .emptyObject, version: nil)
            kind = .invoke(function: target, payload: payload, timeout: .after(timeout))
        case .parallel: kind = .none
        }
        return Operation(id: stage.name, name: stage.name, kind: kind, options: options, isRacing: script.isRacing)
    }

    private func wait(
        _ event: String, _ timeout: Milliseconds, _ order: CallOrder, at moment: Moment, since: LookBack? = nil
    ) -> Operation.Kind {
        do {
            let plan = try WaitPlan(
                eventName: event, expression: "event.data.k == async.data.k",
                event: EventView(name: order.function.slug, payload: order.event), now: moment.wall)
            return .waitForEvent(plan, timeout: .after(timeout), since: since)
        } catch {
            return .invalid(error: .null)
        }
    }
}
