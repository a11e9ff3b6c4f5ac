import StepwellCore
import StepwellModel

/// Rows with every field set to something of its own, so that two fields that are mixed up show.
enum Samples {
    static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    static func json(_ text: String) -> RawJSON { RawJSON(validated: Array(text.utf8)) }

    /// A JSON string of `count` bytes.
    static func bulk(_ count: Int) -> RawJSON { json("\"" + String(repeating: "ä", count: (count - 2) / 2) + "\"") }

    static func eventID(_ key: Int64) -> ULID {
        ULID(time: time(1_700_000_000_000 + key), entropyHigh: 0xFFFF, entropyLow: UInt64.max - UInt64(key))
    }

    static func runID(_ key: Int64) -> ULID {
        ULID(time: time(1_700_000_000_000 + key), entropyHigh: 0x8001, entropyLow: UInt64(key))
    }

    static func app(_ key: Int64, error: String? = nil, removedAt: Timestamp? = nil) -> AppRow {
        AppRow(
            key: AppKey(key), name: "app-\(key)", id: UUIDBytes(high: .max, low: UInt64(key)),
            url: "http://127.0.0.1:3000/api/inngest", sdk: "swift:v0.1.0", framework: "hummingbird", version: nil,
            checksum: "c0ffee", syncedAt: time(11), error: error, removedAt: removedAt)
    }

    static func function(_ key: Int64, app: Int64 = 1, version: Int = 1, archivedAt: Timestamp? = nil) -> FunctionRow {
        FunctionRow(
            key: FunctionKey(key), appKey: AppKey(app), id: UUIDBytes(high: 1 << 63, low: UInt64(key)),
            slug: "app-\(app)-function-\(key)", version: version, configuration: json("{\"retries\":3}"),
            createdAt: time(12), archivedAt: archivedAt)
    }

    static func event(
        _ key: Int64, name: String = "order.placed", receivedAt: Int64? = nil, payload: RawJSON? = nil
    ) -> EventRow {
        EventRow(
            key: EventKey(key), id: eventID(key), name: name, receivedAt: time(receivedAt ?? 1_000 * key),
            payload: payload ?? json("{\"data\":{\"key\":\(key)},\"name\":\"\(name)\"}"))
    }

    static func run(_ key: Int64, function: Int64 = 1, event: Int64? = nil, queuedAt: Int64? = nil) -> RunRow {
        RunRow(
            key: RunKey(key), id: runID(key), functionKey: FunctionKey(function), functionVersion: 2,
            eventKey: EventKey(event ?? key), status: .queued, queuedAt: time(queuedAt ?? 1_000 * key), startedAt: nil,
            endedAt: nil, requestVersion: -1, forcesStepPlan: false,
            limitKeys: LimitKeys(
                concurrency: ["acme", nil], throttle: "späte \"Kunden\"\u{0}", run: "r", singleton: "", priority: -7),
            correlationID: "01HF.step", output: nil)
    }

    static func step(_ run: Int64, _ position: Int, memo: RawJSON? = nil, options: RawJSON? = nil) -> StepRow {
        StepRow(
            runKey: RunKey(run), position: position, id: "hash-\(position)", name: "step \(position)",
            kind: StepKind.allCases[position % 4], startedAt: time(21), endedAt: time(22), attempts: 3,
            isError: position % 2 == 1, memo: memo ?? json("{\"data\":\(position)}"), options: options)
    }

    static func attempt(_ key: Int64, run: Int64, step: String? = "hash-0", error: RawJSON? = nil) -> AttemptRow {
        AttemptRow(
            key: AttemptKey(key), runKey: RunKey(run), stepID: step, stepName: step.map { "name of " + $0 },
            attempt: Int(key) - 1, startedAt: time(31), endedAt: time(32), error: error ?? json("{\"name\":\"E\"}"),
            retryAt: step == nil ? nil : time(33))
    }

    static let limits: LimitHashes = {
        var limits = LimitHashes()
        limits.concurrency1 = .max
        limits.concurrency2 = 1 << 63
        limits.throttle = 9
        limits.run = 10
        limits.singleton = 1 << 62
        limits.priority = -600
        return limits
    }()

    static func job(_ key: Int64, run: Int64, kind: JobKind = .start, attempt: Int = 1, due: Int64? = nil) -> JobRow {
        JobRow(
            core: JobCore(
                key: JobKey(key), runKey: RunKey(run), functionKey: FunctionKey(7), kind: kind,
                due: time(due ?? 41 + key), isDueOnWallClock: key % 2 == 0, attempt: attempt, group: 5,
                isRacing: key % 3 == 0, isAdmitted: key % 5 == 0, cause: 6, limits: limits),
            detail: JobDetail(
                createdAt: time(40), stepID: kind == .step ? "hash" : "", stepName: kind == .step ? "a name" : "",
                options: kind == .sleep ? nil : json("{\"timeout\":\"1h\"}")))
    }

    static func wait(_ job: Int64) -> WaitRow {
        WaitRow(
            jobKey: JobKey(job), eventName: "child.completed", path: ["data", "a.b", "ü"],
            digest: Digest(high: .max, low: UInt64(job)), residual: "async.data.n > 1",
            afterEvent: EventKey(3 * job), looksBackTo: time(5))
    }

    static func hold(_ job: Int64, key: String? = "k", deadline: Int64? = 9, events: Int = 2) -> HoldRow {
        HoldRow(
            jobKey: JobKey(job), keyHash: .max - UInt64(job), key: key, deadline: deadline.map { time($0) },
            progress: HoldProgress(eventTime: time(-job), events: events, bytes: 100 * events))
    }

    static func idempotency(_ digest: UInt64, function: Int64, run: Int64, createdAt: Int64) -> IdempotencyRow {
        IdempotencyRow(
            digest: Digest(high: 1 << 63 | digest, low: digest), functionKey: FunctionKey(function),
            runKey: RunKey(run), createdAt: time(createdAt))
    }

    static func rateLimit(_ function: Int64, hash: UInt64, arrival: Int64) -> RateLimitRow {
        RateLimitRow(functionKey: FunctionKey(function), keyHash: hash, arrivalMicroseconds: arrival)
    }

    static func cron(_ function: Int64, _ expression: String, at tick: Int64) -> CronRow {
        CronRow(functionKey: FunctionKey(function), expression: expression, lastTick: time(tick))
    }

    static func rerun(_ run: Int64, of original: Int64, step: String? = nil, input: RawJSON? = nil, bulk: Int64? = nil)
        -> RerunRow
    {
        RerunRow(
            runKey: RunKey(run), originalID: runID(original), stepID: step, input: input, bulkID: bulk.map(eventID))
    }

    static func bulkWork(_ number: Int64) -> BulkRow {
        let isBare = number == 1
        return BulkRow(
            id: eventID(number), action: isBare ? .cancel : number == 2 ? .resend : .rerun, state: .running,
            filter: isBare
                ? BulkFilter()
                : BulkFilter(
                    functions: [FunctionKey(3), FunctionKey(number)], statuses: [.failed, .queued],
                    eventNames: ["a/ä", "a/b"],
                    queuedFrom: time(1), queuedUntil: time(2), condition: "event.data.k == \"ä\""),
            rate: isBare ? nil : 7, createdAt: time(3), endedAt: nil,
            progress: BulkProgress(
                first: 4, cursor: 5, last: 6, found: 10, done: 11, refused: 12),
            limit: isBare ? nil : 9, start: isBare ? nil : BulkStart(step: "ä", input: number == 2 ? nil : json("[1]")),
            origin: isBare ? .operator : .cancellation)
    }

    static func keyRenewal(cursor: Int64) -> KeyRenewalRow {
        KeyRenewalRow(functions: [FunctionKey(3), FunctionKey(1)], cursor: RunKey(cursor), last: RunKey(9))
    }

    static func functionState(_ function: Int64, _ state: FunctionState, since: Int64) -> FunctionStateRow {
        FunctionStateRow(functionKey: FunctionKey(function), state: state, since: time(since))
    }

    static func throttle(_ function: Int64, hash: UInt64, arrival: Int64) -> ThrottleRow {
        ThrottleRow(functionKey: FunctionKey(function), keyHash: hash, arrivalMicroseconds: arrival)
    }
}
