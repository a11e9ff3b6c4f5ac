import StepwellCore
import StepwellModel
import StepwellStore

/// The columns of each row in the order in which ``RowReader`` reads them.
enum Columns {
    static let app = "key, name, id, url, sdk, framework, version, checksum, synced_at, error, removed_at"
    static let function = "key, app, id, slug, version, configuration, created_at, archived_at"
    static let event = "key, id, name, received_at, payload"
    static let run = """
        runs.key, runs.id, function, function_version, event, status, queued_at, started_at, ended_at, request_version,
        forces_step_plan, concurrency_keys, throttle_key, correlation_id, output, run_key, singleton_key, priority
        """
    static let rerun = "run, original_id, step_id, input, bulk"
    static let step = "key, id, name, kind, started_at, ended_at, attempts, is_error, memo, options"
    static let attempt = "key, run, step_id, step_name, attempt, started_at, ended_at, retry_at, error"
    static let jobCore = """
        key, run, function, kind, due, is_due_on_wall_clock, attempt, step_group, is_racing, is_admitted, cause,
        concurrency_hash_1, concurrency_hash_2, throttle_hash, run_hash, singleton_hash, priority
        """
    static let jobDetail = "created_at, step_id, step_name, options"
    static let wait = """
        job, event_name, path, digest_high, digest_low, residual, matched_event, after_event, looks_back_to
        """
    static let waitOfJob = "waits.\(wait)"
    static let hold = "job, key_hash, deadline, event_time, events, bytes, key_text"
    static let holdOfJob = "holds.\(hold)"
    static let deferred = "run, position, id, function, status, input, note"
    static let metadata = "run, position, step_id, kind, operation, recorded_at, content"
    static let throttle = "function, key_hash, arrival_microseconds"
    static let functionState = "function, state, since"
}

/// Makes rows of columns. What no version of ours could have written is reported as damage, not guessed at.
struct RowReader {
    let path: String
    let payloads: PayloadTable

    init(_ connection: Connection, _ payloads: PayloadTable) {
        path = connection.path
        self.payloads = payloads
    }

    func event(_ row: Statement, from column: Int32 = 0) throws(StoreError) -> EventRow {
        EventRow(
            key: EventKey(row.integer(column)), id: try ulid(row, column + 1), name: row.text(column + 2),
            receivedAt: row.time(column + 3), payload: try payloads.requiredPayload(row, column + 4))
    }

    /// - Parameter readsOutput: Whether the output, which may be large, is wanted.
    func run(_ row: Statement, readsOutput: Bool = true) throws(StoreError) -> RunRow {
        RunRow(
            key: RunKey(row.integer(0)), id: try ulid(row, 1), functionKey: FunctionKey(row.integer(2)),
            functionVersion: row.int(3), eventKey: EventKey(row.integer(4)), status: try value(row, 5),
            queuedAt: row.time(6), startedAt: row.optionalTime(7), endedAt: row.optionalTime(8),
            requestVersion: row.int(9), forcesStepPlan: row.flag(10),
            limitKeys: LimitKeys(
                concurrency: try texts(row, 11), throttle: row.optionalText(12), run: row.optionalText(15),
                singleton: row.optionalText(16), priority: row.int(17)),
            correlationID: row.optionalText(13), output: readsOutput ? try payloads.payload(row, 14) : nil)
    }

    func step(_ row: Statement) throws(StoreError) -> StepRow {
        let key = row.integer(0)
        return StepRow(
            runKey: RunKey(key >> Int64(StoreLimits.stepPositionBits)),
            position: Int(key) & (StoreLimits.stepsPerRun - 1), id: row.text(1), name: row.text(2),
            kind: try value(row, 3), startedAt: row.time(4), endedAt: row.time(5), attempts: row.int(6),
            isError: row.flag(7), memo: try payloads.requiredPayload(row, 8), options: try payloads.payload(row, 9))
    }

    func rerun(_ row: Statement) throws(StoreError) -> RerunRow {
        RerunRow(
            runKey: RunKey(row.integer(0)), originalID: try ulid(row, 1), stepID: row.optionalText(2),
            input: try payloads.payload(row, 3), bulkID: row.isNull(4) ? nil : try ulid(row, 4))
    }

    func attempt(_ row: Statement) throws(StoreError) -> AttemptRow {
        AttemptRow(
            key: AttemptKey(row.integer(0)), runKey: RunKey(row.integer(1)), stepID: row.optionalText(2),
            stepName: row.optionalText(3), attempt: row.int(4), startedAt: row.time(5), endedAt: row.time(6),
            error: try payloads.requiredPayload(row, 8), retryAt: row.optionalTime(7))
    }

    func deferred(_ row: Statement) throws(StoreError) -> DeferRow {
        DeferRow(
            runKey: RunKey(row.integer(0)), position: row.int(1), id: row.text(2), function: row.text(3),
            status: try value(row, 4), input: try payloads.payload(row, 5), note: row.optionalJSON(6))
    }

    func metadata(_ row: Statement) throws(StoreError) -> MetadataRow {
        MetadataRow(
            runKey: RunKey(row.integer(0)), position: row.int(1), stepID: row.optionalText(2), kind: row.text(3),
            operation: try value(row, 4), recordedAt: row.time(5), values: row.json(6))
    }

    func ulid(_ row: Statement, _ column: Int32) throws(StoreError) -> ULID {
        guard let id = ULID(row.text(column)) else { throw damaged("\"\(row.text(column))\" is no id") }
        return id
    }

    func texts(_ row: Statement, _ column: Int32) throws(StoreError) -> [String?] {
        guard let texts = TextList.texts(row.optionalJSON(column)) else {
            throw damaged("a list of keys cannot be read")
        }
        return texts
    }

    func value<Value: RawRepresentable<UInt8>>(_ row: Statement, _ column: Int32) throws(StoreError) -> Value {
        guard let number = UInt8(exactly: row.integer(column)), let value = Value(rawValue: number) else {
            throw damaged("\(row.integer(column)) is no \(Value.self)")
        }
        return value
    }

    func damaged(_ what: String) -> StoreError { .damaged(path, what) }
}

/// Rows without payloads.
extension RowReader {
    func app(_ row: Statement) throws(StoreError) -> AppRow {
        AppRow(
            key: AppKey(row.integer(0)), name: row.text(1), id: try uuid(row, 2), url: row.text(3), sdk: row.text(4),
            framework: row.optionalText(5), version: row.optionalText(6), checksum: row.text(7), syncedAt: row.time(8),
            error: row.optionalText(9), removedAt: row.optionalTime(10))
    }

    func function(_ row: Statement) throws(StoreError) -> FunctionRow {
        FunctionRow(
            key: FunctionKey(row.integer(0)), appKey: AppKey(row.integer(1)), id: try uuid(row, 2), slug: row.text(3),
            version: row.int(4), configuration: row.json(5), createdAt: row.time(6), archivedAt: row.optionalTime(7))
    }

    func jobCore(_ row: Statement) throws(StoreError) -> JobCore {
        var limits = LimitHashes()
        limits.concurrency1 = row.bits(11)
        limits.concurrency2 = row.bits(12)
        limits.throttle = row.bits(13)
        limits.run = row.bits(14)
        limits.singleton = row.bits(15)
        limits.priority = Int32(clamping: row.integer(16))
        return JobCore(
            key: JobKey(row.integer(0)), runKey: RunKey(row.integer(1)), functionKey: FunctionKey(row.integer(2)),
            kind: try value(row, 3), due: row.time(4), isDueOnWallClock: row.flag(5), attempt: row.int(6),
            group: row.int(7), isRacing: row.flag(8), isAdmitted: row.flag(9), cause: row.int(10),
            limits: limits)
    }

    func jobDetail(_ row: Statement, from column: Int32) -> JobDetail {
        JobDetail(
            createdAt: row.time(column), stepID: row.text(column + 1), stepName: row.text(column + 2),
            options: row.optionalJSON(column + 3))
    }

    func wait(_ row: Statement, from column: Int32 = 0) throws(StoreError) -> WaitRow {
        let path = row.isNull(column + 2) ? nil : try texts(row, column + 2).compactMap { $0 }
        let hasDigest = !row.isNull(column + 3)
        return WaitRow(
            jobKey: JobKey(row.integer(column)), eventName: row.text(column + 1), path: path,
            digest: hasDigest ? Digest(high: row.bits(column + 3), low: row.bits(column + 4)) : nil,
            residual: row.optionalText(column + 5),
            matchedEvent: row.isNull(column + 6) ? nil : EventKey(row.integer(column + 6)),
            afterEvent: EventKey(row.integer(column + 7)), looksBackTo: row.optionalTime(column + 8))
    }

    func hold(_ row: Statement, from column: Int32 = 0) -> HoldRow {
        HoldRow(
            jobKey: JobKey(row.integer(column)), keyHash: row.bits(column + 1), key: row.optionalText(column + 6),
            deadline: row.optionalTime(column + 2),
            progress: HoldProgress(
                eventTime: row.time(column + 3), events: row.int(column + 4), bytes: row.int(column + 5)))
    }

    func throttle(_ row: Statement) -> ThrottleRow {
        ThrottleRow(
            functionKey: FunctionKey(row.integer(0)), keyHash: row.bits(1), arrivalMicroseconds: row.integer(2))
    }

    func rateLimit(_ row: Statement) -> RateLimitRow {
        RateLimitRow(
            functionKey: FunctionKey(row.integer(0)), keyHash: row.bits(1), arrivalMicroseconds: row.integer(2))
    }

    func functionState(_ row: Statement) throws(StoreError) -> FunctionStateRow {
        FunctionStateRow(functionKey: FunctionKey(row.integer(0)), state: try value(row, 1), since: row.time(2))
    }

    private func uuid(_ row: Statement, _ column: Int32) throws(StoreError) -> UUIDBytes {
        guard let id = UUIDBytes(row.text(column)) else { throw damaged("\"\(row.text(column))\" is no UUID") }
        return id
    }
}
