import StepwellCore
import StepwellModel
import StepwellStore

/// The connection that writes: it owns the file, and everything that changes it goes through here.
final class Writer {
    let path: String
    let connection: Connection
    private let lock: FileLock?
    private let log: WriteAheadLog
    private let statements: WriteStatements
    private let payloads: PayloadTable
    private let reserve: DiskReserve?

    /// After an error that leaves open what is on disk, every call is answered with it: the process must end.
    private var fatal: StoreError?
    private var marks = KeyMarks.none
    private var counts = RunCountChanges()

    init(path given: String, options: SQLiteOptions, reserve: DiskReserve? = nil) throws(StoreError) {
        if options.vfs == nil {
            let file = try DataFile(path: given)
            (path, lock) = (file.path, file.lock)
        } else {
            (path, lock) = (given, nil)
        }
        self.reserve = reserve ?? Self.reserve(for: path, options)
        connection = try Connection(
            path: path, access: .writing, vfs: options.vfs, gathersLog: options.durability == .full)
        guard !connection.isReadOnly else { throw .readOnly(path, "it may only be read") }
        try connection.execute(Self.settings(options))
        try Migrations.run(on: connection)
        log = try WriteAheadLog(of: connection, options: options)
        statements = try WriteStatements(connection)
        payloads = try PayloadTable(connection)
    }

    deinit {
        // While the lock is still held: the next owner makes its own.
        _ = reserve?.release()
    }

    private static func reserve(for path: String, _ options: SQLiteOptions) -> DiskReserve? {
        guard options.vfs == nil, options.reserveBytes > 0 else { return nil }
        return DiskReserve(path: path + ".reserve", bytes: options.reserveBytes)
    }

    /// The cache bounds what the writer keeps of the file in memory; a memory map is left out, since a failing disk would
    /// answer with a signal instead of an error.
    private static func settings(_ options: SQLiteOptions) -> String {
        """
        PRAGMA busy_timeout = \(options.busyMilliseconds);
        PRAGMA synchronous = \(options.durability == .full ? "FULL" : "OFF");
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA journal_size_limit = \(options.logBytesBeforeCheckpoint * 4);
        PRAGMA cache_size = -16384;
        PRAGMA mmap_size = 0;
        PRAGMA temp_store = MEMORY;
        """
    }

    func raiseEpoch() throws(StoreError) -> OpenedPartition {
        try withReserve { () throws(StoreError) in
            try transaction { () throws(StoreError) in try statements.raiseEpoch.run() }
        }
        let row = statements.partition
        _ = try row.step()
        defer { row.reset() }
        marks = KeyMarks(
            app: row.integer(3), function: row.integer(4), event: row.integer(5), run: row.integer(6),
            job: row.integer(7), attempt: row.integer(8))
        return OpenedPartition(
            epoch: row.integer(0), batchSequence: row.integer(1), engineTime: row.time(2), marks: marks)
    }

    func commit(_ batch: Batch) throws(StoreError) {
        if let fatal { throw fatal }
        do throws(StoreError) {
            try log.checkpointIfLarge()
            try withReserve { () throws(StoreError) in try attempt(batch) }
        } catch {
            if error.code == .inputOutput || error.code == .corrupt { fatal = error }
            throw error
        }
    }

    /// Tries again once when the disk is full and there is a reserve to give.
    private func withReserve(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        do throws(StoreError) {
            try body()
        } catch {
            guard error.code == .full, reserve?.release() == true else { throw error }
            try body()
        }
    }

    private func attempt(_ batch: Batch) throws(StoreError) {
        let marksBefore = marks
        counts.removeAll()
        do throws(StoreError) {
            try transaction { () throws(StoreError) in try write(batch) }
        } catch {
            marks = marksBefore
            throw error
        }
    }

    func recover(into sink: (RecoveredRow) -> Void) throws(StoreError) {
        try Recovery(connection, payloads).run(into: sink)
    }

    var shortage: StoreError? { reserve?.shortage }

    private func transaction(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        try statements.begin.run()
        do throws(StoreError) {
            try body()
            try statements.commit.run()
        } catch {
            // Some errors have ended the transaction already. What a failed rollback leaves open is closed with the file.
            if connection.isInTransaction, let failed = rollBack() { fatal = failed }
            throw error
        }
    }

    private func rollBack() -> StoreError? {
        do throws(StoreError) {
            try statements.rollBack.run()
            return nil
        } catch {
            return error
        }
    }
}

/// A batch's rows.
extension Writer {
    private func write(_ batch: Batch) throws(StoreError) {
        for write in batch.writes { marks.raise(by: write) }
        try advance(batch)
        for write in batch.writes { try self.write(write) }
        try counts.forEach { (function, status, change) throws(StoreError) in
            try statements.addToRunCount(function: function, status: status, change: change)
        }
    }

    /// Takes the batch's number; no row changes when the epoch is not the newest or the number is out of turn.
    private func advance(_ batch: Batch) throws(StoreError) {
        try statements.advance(batch, marks)
        guard connection.changes == 0 else { return }
        let row = statements.partition
        let isOpen = try row.step()
        defer { row.reset() }
        let newest = isOpen ? row.integer(0) : 0
        guard batch.epoch == newest else {
            throw .superseded(partition: batch.partition, epoch: batch.epoch, newest: newest)
        }
        throw .refused("batch \(batch.sequence) follows batch \(row.integer(1))")
    }

    private func write(_ write: Write) throws(StoreError) {
        switch write {
        case .putApp(let row): try statements.put(row)
        case .putFunction(let row): try statements.put(row)
        case .insertEvent(let row): try statements.insert(row, payload: payloads.store(row.payload))
        case .insertResend(let row): try statements.insert(row)
        case .insertIdempotency(let row): try statements.insert(row)
        case .insertRun(let row):
            try statements.insert(row, output: payloads.store(row.output))
            counts.add(1, function: row.functionKey, status: Int64(row.status.rawValue))
        case .insertRerun(let row): try statements.insert(row, input: payloads.store(row.input))
        case .updateRun(let key, let status, let startedAt, let requestVersion, let forcesStepPlan):
            try moveCount(of: key, to: status)
            try statements.updateRun(
                key, status: status, startedAt: startedAt, requestVersion: requestVersion,
                forcesStepPlan: forcesStepPlan)
        case .insertDroppedStart(let row): try statements.insert(row)
        case .replaceRunEvent(let key, let event, let limitKeys, let correlationID):
            try statements.replaceEvent(of: key, with: event, limitKeys, correlationID)
        case .replaceLimitKeys(let key, let keys): try statements.replaceLimitKeys(of: key, with: keys)
        case .insertRunEvent(let row): try statements.insert(row)
        case .finishRun(let key, let status, let endedAt, let output):
            try moveCount(of: key, to: status)
            try statements.finishRun(key, status: status, endedAt: endedAt, output: payloads.store(output))
        case .insertStep(let row): try insert(row)
        case .insertAttempt(let row): try statements.insert(row, error: payloads.store(row.error))
        case .insertDefer(let row): try statements.insert(row, input: payloads.store(row.input))
        case .abortDefer(let run, let position):
            try statements.abortDefer(of: run, at: position)
            guard connection.changes == 1 else {
                throw .refused("run \(run.value) has deferred nothing at position \(position)")
            }
        case .insertMetadata(let row): try statements.insert(row)
        case .putJob(let row): try put(row)
        case .deleteJob(let key): try delete(key)
        case .insertWait(let row): try statements.insert(row)
        case .deleteWait(let job):
            try statements.deleteWait(job)
            guard connection.changes == 1 else { throw .refused("job \(job.value) waits for nothing") }
        case .endLookBack(let job):
            try statements.endLookBack(of: job)
            guard connection.changes == 1 else { throw .refused("job \(job.value) waits for nothing") }
        case .matchWait(let job, let event):
            try statements.matchWait(of: job, with: event)
            guard connection.changes == 1 else { throw .refused("job \(job.value) waits for nothing") }
        case .insertDelivery(let event, let name): try statements.insertDelivery(of: event, name: name)
        case .deleteDelivery(let event): try statements.deleteDelivery(of: event)
        case .insertHold(let row): try statements.insert(row)
        case .updateHold(let key, let progress):
            try statements.updateHold(of: key, progress)
            guard connection.changes == 1 else { throw .refused("job \(key.value) holds back nothing") }
        case .deleteHold(let key): try statements.deleteHold(of: key)
        case .putThrottle(let row): try statements.put(row)
        case .putRateLimit(let row): try statements.put(row)
        case .deleteRateLimit(let function, let keyHash):
            try statements.deleteRateLimit(of: function, keyHash: keyHash)
        case .putCron(let row): try statements.put(row)
        case .putFunctionState(let row): try statements.put(row)
        case .putKeyRenewal(let row): try statements.put(row)
        case .deleteKeyRenewal: try statements.deleteKeyRenewal.run()
        case .withdrawBulk(let id): try statements.withdrawBulk(id)
        case .insertAudit(let row): try statements.insert(row)
        case .insertBulk(let row): try statements.insert(row)
        case .updateBulk(let id, let state, let endedAt, let progress):
            try statements.updateBulk(id, state, endedAt: endedAt, progress)
        }
    }

    /// Reads the run's status before it changes, so that counting runs never means reading them.
    private func moveCount(of key: RunKey, to status: RunStatus) throws(StoreError) {
        guard let (function, old) = try statements.functionAndStatus(of: key) else {
            throw .refused("run \(key.value) does not exist")
        }
        counts.add(-1, function: function, status: old)
        counts.add(1, function: function, status: Int64(status.rawValue))
    }

    private func insert(_ row: StepRow) throws(StoreError) {
        guard (0..<StoreLimits.stepsPerRun).contains(row.position) else {
            throw .refused("run \(row.runKey.value) cannot have a step at position \(row.position)")
        }
        try statements.insert(row, memo: payloads.store(row.memo), options: payloads.store(row.options))
    }

    private func put(_ row: JobRow) throws(StoreError) {
        try statements.put(row)
        guard connection.changes == 1 else {
            throw .refused("job \(row.core.key.value) belongs to another run than \(row.core.runKey.value)")
        }
    }

    private func delete(_ key: JobKey) throws(StoreError) {
        try statements.deleteWait(key)
        try statements.deleteJob(key)
        guard connection.changes == 1 else { throw .refused("job \(key.value) does not exist") }
    }
}
