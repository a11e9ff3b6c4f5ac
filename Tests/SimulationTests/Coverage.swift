import StepwellCore

/// Which kinds of inputs, outputs and faults a simulation has met.
struct Coverage: Sendable {
    private(set) var counts: [String: Int] = [:]

    mutating func note(_ label: String) { counts[label, default: 0] += 1 }

    mutating func merge(_ other: Coverage) { counts.merge(other.counts, uniquingKeysWith: +) }

    mutating func note(_ input: Input) {
        switch input {
        case .events: note("input.events")
        case .answer(let answer): note(answer.outcome)
        case .loaded(_, let result): note(result)
        case .committed: note("input.committed")
        case .tick: note("input.tick")
        case .ping: note("input.ping")
        case .drain: note("input.drain")
        case .cancel: note("input.cancel")
        case .signal: note("input.signal")
        case .metadata: note("input.metadata")
        case .explain: note("input.explain")
        case .register: note("input.register")
        case .removeApp: note("input.removeApp")
        case .appFailed: note("input.appFailed")
        case .rerun(_, let start, _): note(start == nil ? "input.rerun" : "input.rerun.step")
        case .beginBulk(let request, _, _):
            note("input.beginBulk.\(request.action)")
            if request.start != nil { note("input.beginBulk.rerun.step") }
        case .stopBulk: note("input.stopBulk")
        case .withdrawBulk: note("input.withdrawBulk")
        case .audited(_, _, let input): note(input)
        case .changeState(_, let state, _): note("input.changeState.\(state)")
        }
    }

    private mutating func note(_ outcome: CallOutcome) {
        switch outcome {
        case .completed: note("answer.completed")
        case .failed(_, .never): note("answer.failed.never")
        case .failed(_, .at): note("answer.failed.at")
        case .failed(_, .standard): note("answer.failed.standard")
        case .unreachable: note("answer.unreachable")
        case .fetched: note("answer.fetched")
        case .operations(let operations, _):
            if operations.isEmpty { note("answer.nothing") }
            for operation in operations { note(operation.kind) }
        }
    }

    private mutating func note(_ kind: Operation.Kind) {
        switch kind {
        case .ran: note("operation.ran")
        case .threw: note("operation.threw")
        case .failed: note("operation.failed")
        case .planned: note("operation.planned")
        case .sleep(.after): note("operation.sleep.after")
        case .sleep(.at): note("operation.sleep.at")
        case .waitForEvent(_, _, let since): note(since == nil ? "operation.wait" : "operation.waitBack")
        case .waitForSignal(_, _, let replaces): note(replaces ? "operation.signal.replace" : "operation.signal.fail")
        case .gateway, .aiGateway: note("operation.gateway")
        case .invoke: note("operation.invoke")
        case .deferAdd: note("operation.deferAdd")
        case .deferAbort: note("operation.deferAbort")
        case .completed: note("operation.completed")
        case .discover: note("operation.discover")
        case .none: note("operation.none")
        case .invalid: note("operation.invalid")
        }
    }

    private mutating func note(_ result: LoadResult) {
        switch result {
        case .run: note("load.run")
        case .idempotency(let functions): note(functions.isEmpty ? "load.idempotency.new" : "load.idempotency.known")
        case .metadata: note("load.metadata")
        case .lookBack(let events, _): note(events.isEmpty ? "load.lookBack.none" : "load.lookBack.found")
        case .deliveries(let events, _): note(events.isEmpty ? "load.deliveries.none" : "load.deliveries")
        case .bulkPage(let page):
            note(page.runs.isEmpty && page.events.isEmpty ? "load.bulkPage.empty" : "load.bulkPage")
            if !page.events.isEmpty { note("load.bulkPage.events") }
        case .events(let ids): note(ids.isEmpty ? "load.events.new" : "load.events.known")
        }
    }

    mutating func note(_ write: Write) {
        switch write {
        case .putApp: note("write.putApp")
        case .putFunction: note("write.putFunction")
        case .insertEvent(let row): note(row.name.hasPrefix("inngest/") ? row.name : "write.insertEvent")
        case .insertResend: note("write.insertResend")
        case .insertIdempotency: note("write.insertIdempotency")
        case .insertRun(let row): note(row.skipReason.map { "write.insertRun.\($0)" } ?? "write.insertRun")
        case .updateRun: note("write.updateRun")
        case .finishRun(_, let status, _, _): note("write.finishRun.\(status)")
        case .insertStep(let row): note("write.insertStep.\(row.kind)\(row.isError ? ".error" : "")")
        case .insertAttempt(let row): note(row.retryAt == nil ? "write.insertAttempt.last" : "write.insertAttempt")
        case .putJob(let row): note("write.putJob.\(row.core.kind)")
        case .deleteJob: note("write.deleteJob")
        case .insertDefer: note("write.insertDefer")
        case .abortDefer: note("write.abortDefer")
        case .insertMetadata: note("write.insertMetadata")
        case .insertWait: note("write.insertWait")
        case .deleteWait: note("write.deleteWait")
        case .endLookBack: note("write.endLookBack")
        case .matchWait: note("write.matchWait")
        case .insertDroppedStart(let row): note("write.insertDroppedStart.\(row.reason)")
        case .replaceRunEvent: note("write.replaceRunEvent")
        case .insertRunEvent: note("write.insertRunEvent")
        case .insertDelivery: note("write.insertDelivery")
        case .deleteDelivery: note("write.deleteDelivery")
        case .insertHold: note("write.insertHold")
        case .updateHold: note("write.updateHold")
        case .deleteHold: note("write.deleteHold")
        case .putThrottle: note("write.putThrottle")
        case .putRateLimit: note("write.putRateLimit")
        case .deleteRateLimit: note("write.deleteRateLimit")
        case .putCron: note("write.putCron")
        case .insertRerun: note("write.insertRerun")
        case .withdrawBulk: note("write.withdrawBulk")
        case .insertAudit: note("write.insertAudit")
        case .insertBulk: note("write.insertBulk")
        case .updateBulk(_, let state, _, _): note("write.updateBulk.\(state)")
        case .putFunctionState: note("write.putFunctionState")
        case .replaceLimitKeys: note("write.replaceLimitKeys")
        case .putKeyRenewal: note("write.putKeyRenewal")
        case .deleteKeyRenewal: note("write.deleteKeyRenewal")
        }
    }

    mutating func note(_ reply: Reply) {
        switch reply {
        case .accepted: note("reply.accepted")
        case .registered(let isModified): note(isModified ? "reply.registered" : "reply.registered.same")
        case .removed: note("reply.removed")
        case .cancelled: note("reply.cancelled")
        case .rerun: note("reply.rerun")
        case .bulkBegun: note("reply.bulkBegun")
        case .bulkStopped: note("reply.bulkStopped")
        case .functionStateChanged: note("reply.functionStateChanged")
        case .explained: note("reply.explained")
        case .signalled: note("reply.signalled")
        case .noted: note("reply.noted")
        case .pong: note("reply.pong")
        case .refused(.runNotActive): note("reply.refused.runNotActive")
        case .refused(.metadataTooLarge): note("reply.refused.metadataTooLarge")
        case .refused(.nobodyWaits): note("reply.refused.nobodyWaits")
        case .refused(.unknownFunction): note("reply.refused.unknownFunction")
        case .refused(.unknownApp): note("reply.refused.unknownApp")
        case .refused(.archivedFunction): note("reply.refused.archivedFunction")
        case .refused(.noSuchStep): note("reply.refused.noSuchStep")
        case .refused(.tooManyBulks): note("reply.refused.tooManyBulks")
        case .refused(.bulkNotActive): note("reply.refused.bulkNotActive")
        case .refused(.stopped): note("reply.refused.stopped")
        }
    }

    /// Everything that must occur in a suite of simulations.
    static let required: Set<String> = [
        "answer.fetched", "operation.gateway", "write.insertStep.gateway", "write.insertStep.gateway.error",
        "write.putJob.gateway", "fault.lostRequest", "fault.brokenRequest",
        "input.metadata", "operation.deferAdd", "operation.deferAbort", "load.metadata", "write.insertDefer",
        "write.abortDefer", "write.insertMetadata", "reply.noted", "inngest/deferred.schedule",
        "operation.waitBack", "load.lookBack.none", "load.lookBack.found", "write.endLookBack",
        "input.signal", "operation.signal.replace", "operation.signal.fail", "write.deleteWait", "reply.signalled",
        "reply.refused.nobodyWaits", "inngest/signal.received", "write.insertStep.waitForSignal",
        "write.putJob.waitForSignal",
        "input.events", "input.committed", "input.tick", "input.ping", "input.drain", "input.cancel",
        "input.explain", "input.register", "input.removeApp", "input.appFailed",
        "answer.completed", "answer.failed.never", "answer.failed.at", "answer.failed.standard", "answer.unreachable",
        "answer.nothing",
        "operation.ran", "operation.threw", "operation.failed", "operation.planned", "operation.sleep.after",
        "operation.sleep.at", "operation.wait", "operation.invoke", "operation.completed", "operation.discover",
        "operation.none", "operation.invalid",
        "load.run", "load.idempotency.new", "load.idempotency.known", "load.events.new", "load.events.known",
        "write.putApp", "write.putFunction", "write.insertEvent", "inngest/function.finished",
        "inngest/function.failed",
        "inngest/function.cancelled", "inngest/function.invoked", "write.insertIdempotency", "write.insertRun",
        "write.updateRun", "write.finishRun.completed", "write.finishRun.failed", "write.finishRun.cancelled",
        "write.insertStep.run", "write.insertStep.run.error", "write.insertStep.sleep", "write.insertStep.waitForEvent",
        "write.insertStep.invoke", "write.insertStep.invoke.error", "write.insertAttempt", "write.insertAttempt.last",
        "write.putJob.start", "write.putJob.discover", "write.putJob.step", "write.putJob.sleep",
        "write.putJob.waitForEvent", "write.putJob.invoke", "write.deleteJob", "write.insertWait", "write.matchWait",
        "write.putThrottle", "write.putRateLimit", "write.deleteRateLimit", "write.putCron",
        "inngest/scheduled.timer", "write.insertRun.singleton", "write.insertRun.function_paused",
        "write.insertRun.function_drained", "write.putFunctionState", "input.changeState.paused",
        "input.rerun", "input.rerun.step", "write.insertRerun", "reply.rerun", "reply.refused.archivedFunction",
        "load.deliveries",
        "input.beginBulk.cancel", "input.beginBulk.rerun", "input.beginBulk.rerun.step",
        "input.beginBulk.resend", "load.bulkPage.events", "write.insertResend", "write.updateBulk.limitReached",
        "input.withdrawBulk", "write.withdrawBulk", "write.insertAudit", "input.stopBulk", "load.bulkPage",
        "load.bulkPage.empty",
        "write.insertBulk", "write.updateBulk.running", "write.updateBulk.completed", "write.updateBulk.stopped",
        "reply.bulkBegun", "reply.bulkStopped", "reply.refused.bulkNotActive",
        "input.changeState.drained", "input.changeState.active", "reply.functionStateChanged",
        "write.finishRun.skipped", "write.replaceRunEvent",
        "write.insertDroppedStart.rateLimit",
        "write.insertDroppedStart.repeatedID",
        "write.insertRunEvent", "write.insertDelivery", "write.deleteDelivery", "write.insertHold", "write.updateHold",
        "write.deleteHold", "write.replaceLimitKeys", "write.putKeyRenewal", "write.deleteKeyRenewal",
        "fault.crash.oldKeys", "write.putJob.debounce",
        "write.putJob.batch",
        "write.putJob.startTimeout", "write.putJob.finishTimeout", "write.putJob.cancelOn",
        "reply.accepted", "reply.registered", "reply.registered.same", "reply.removed", "reply.cancelled", "reply.pong",
        "reply.refused.runNotActive", "reply.refused.unknownFunction", "reply.refused.unknownApp", "reply.explained",
        "fault.crash", "fault.crash.uncommitted", "fault.crash.unreleased", "fault.lostAnswer", "fault.lateAnswer",
        "fault.doubledAnswer", "fault.wallForward", "fault.wallBack", "fault.refusedCommit", "fault.unreachable",
        "fault.brokenCall", "fault.repeatedSeed", "fault.repeatedID", "fault.emptyAnswer", "fault.staleCall",
    ]
}
