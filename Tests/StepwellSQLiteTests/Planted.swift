import StepwellCore
import StepwellModel
import StepwellStore

/// Batches whose content follows from their number, so that a store can be compared with what it must hold.
///
/// Batch n takes event n in and starts run n; it also gives run n - 1 two steps and its end.
enum Planted {
    static func batch(_ number: Int64, epoch: Int64) -> Batch {
        var writes: [Write] = [
            .insertEvent(event(number)), .insertRun(run(number)), .putJob(job(number)),
            .insertIdempotency(
                IdempotencyRow(
                    digest: digest(number), functionKey: FunctionKey(1), runKey: RunKey(number), createdAt: time(number)
                )),
        ]
        if number > 1 {
            let previous = finished(run(number - 1))
            writes += [
                .updateRun(
                    previous.key, status: .running, startedAt: previous.startedAt, requestVersion: 2,
                    forcesStepPlan: true),
                .insertStep(step(number - 1, 0)), .insertStep(step(number - 1, 1)),
                .finishRun(previous.key, status: .completed, endedAt: time(number), output: previous.output),
                .deleteJob(JobKey(number - 1)),
            ]
        }
        return Batch(partition: 0, epoch: epoch, sequence: number, engineTime: time(number), writes: writes)
    }

    static func time(_ number: Int64) -> Timestamp { Timestamp(milliseconds: 1_700_000_000_000 + number) }
    static func digest(_ number: Int64) -> Digest { Digest(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: 1) }
    static func eventID(_ number: Int64) -> ULID {
        ULID(time: time(number), entropyHigh: 1, entropyLow: UInt64(number))
    }

    static func runID(_ number: Int64) -> ULID { ULID(time: time(number), entropyHigh: 2, entropyLow: UInt64(number)) }

    /// Mostly small; each 23rd goes to the payload table.
    private static func payload(_ number: Int64) -> RawJSON {
        let count = number % 23 == 0 ? 70_000 : 100 + Int(number * 37 % 600)
        return RawJSON(validated: Array("\"\(number) \(String(repeating: "x", count: count))\"".utf8))
    }

    private static func event(_ number: Int64) -> EventRow {
        EventRow(
            key: EventKey(number), id: eventID(number), name: "planted", receivedAt: time(number),
            payload: payload(number))
    }

    private static func run(_ number: Int64) -> RunRow {
        RunRow(
            key: RunKey(number), id: runID(number),
            functionKey: FunctionKey(1), functionVersion: 1, eventKey: EventKey(number), status: .queued,
            queuedAt: time(number), startedAt: nil, endedAt: nil, requestVersion: -1, forcesStepPlan: false,
            limitKeys: .none, correlationID: nil, output: nil)
    }

    private static func finished(_ run: RunRow) -> RunRow {
        var run = run
        run.status = .completed
        run.startedAt = time(run.key.value)
        run.endedAt = time(run.key.value + 1)
        run.requestVersion = 2
        run.forcesStepPlan = true
        run.output = payload(run.key.value + 3)
        return run
    }

    private static func step(_ number: Int64, _ position: Int) -> StepRow {
        StepRow(
            runKey: RunKey(number), position: position, id: "id-\(position)", name: "step", kind: .run,
            startedAt: time(number), endedAt: time(number), attempts: 1, isError: false,
            memo: payload(number + Int64(position)), options: nil)
    }

    private static func job(_ number: Int64) -> JobRow {
        JobRow(
            core: JobCore(
                key: JobKey(number), runKey: RunKey(number), functionKey: FunctionKey(1), kind: .start,
                due: time(number),
                isDueOnWallClock: false, attempt: 0, group: 0, isRacing: false, isAdmitted: true, cause: 0,
                limits: LimitHashes()),
            detail: JobDetail(createdAt: time(number), stepID: "", stepName: "", options: nil))
    }

    /// What a store holds after batch `last`: each batch wholly and nothing of the one that follows; nil when that is so,
    /// else what differs.
    static func difference(of store: some Store, after last: Int64) throws -> String? {
        var jobs: [JobCore] = []
        try store.recover(partition: 0) { if case .job(let job) = $0 { jobs.append(job) } }
        guard jobs == (last > 0 ? [job(last).core] : []) else {
            return "jobs \(jobs.map(\.key.value)) after batch \(last)"
        }
        for number in Int64(1)...max(last, 1) where number <= last {
            let expected = LoadedRun(
                run: number < last ? finished(run(number)) : run(number), event: event(number),
                steps: number < last ? [step(number, 0), step(number, 1)] : [],
                jobs: number < last ? [:] : [JobKey(number): job(number).detail])
            guard try store.load(.run(RunKey(number)), partition: 0) == .run(expected) else {
                return "run \(number) differs after batch \(last)"
            }
            let known = try store.load(.idempotency(digest(number), since: time(0)), partition: 0)
            guard known == .idempotency([FunctionKey(1)]) else { return "the id of event \(number) is not known" }
        }
        let following = try store.load(.events([eventID(last + 1)]), partition: 0)
        return following == .events([]) ? nil : "event \(last + 1) is there, its batch is not"
    }
}
