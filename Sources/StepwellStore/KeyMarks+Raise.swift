package import StepwellCore

extension KeyMarks {
    /// Takes the key of a row that `write` makes into account.
    package mutating func raise(by write: Write) {
        switch write {
        case .putApp(let row): app = max(app, row.key.value)
        case .putFunction(let row): function = max(function, row.key.value)
        case .insertEvent(let row): event = max(event, row.key.value)
        case .insertRun(let row): run = max(run, row.key.value)
        case .putJob(let row): job = max(job, row.core.key.value)
        case .insertAttempt(let row): attempt = max(attempt, row.key.value)
        case .insertIdempotency, .updateRun, .replaceRunEvent, .insertRunEvent, .finishRun, .insertStep, .insertDefer,
            .abortDefer, .insertMetadata, .deleteJob, .insertWait, .deleteWait, .endLookBack, .matchWait,
            .insertDelivery, .deleteDelivery, .insertHold, .updateHold, .deleteHold, .putThrottle, .putRateLimit,
            .deleteRateLimit, .putCron, .putFunctionState, .insertRerun, .insertResend, .insertBulk, .updateBulk,
            .withdrawBulk, .insertAudit, .replaceLimitKeys, .putKeyRenewal, .deleteKeyRenewal, .insertDroppedStart:
            break
        }
    }
}
