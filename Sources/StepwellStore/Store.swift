package import StepwellCore
package import StepwellModel

/// Where a partition's state lives. One writer at a time, by epoch.
///
/// Every call is synchronous. ``open(partition:)``, ``recover(partition:into:)`` and ``commit(_:)`` come from one thread, loads
/// from one that may be another: a load does not wait for a commit that is being synced.
///
/// A commit decides nothing: the engine has settled every conflict, so no constraint may fail a batch. Reads that people
/// ask for go through ``StoreReader``, on other threads.
package protocol Store: Sendable {
    /// Opens a partition for writing under a new epoch, which is committed before this returns.
    func open(partition: Int) throws(StoreError) -> OpenedPartition

    /// Hands over all that a partition keeps in memory, in this order: apps, functions, throttles, rate limits,
    /// schedules, function states, bulk work that is not finished by id, keys that are being evaluated again, jobs by key, waits, holds, events on their way to
    /// waits, by name.
    func recover(partition: Int, into sink: (RecoveredRow) -> Void) throws(StoreError)

    /// Makes a batch durable: when this returns, the batch survives the loss of process and power.
    ///
    /// - Throws: ``StoreError`` whose ``StoreError/isRetriable`` says whether the same batch may be tried again
    ///   unchanged. After any other error the process must end.
    func commit(_ batch: Batch) throws(StoreError)

    /// Answers a load from what is committed; the caller has seen to it that `seesBatch` is.
    func load(_ request: LoadRequest, partition: Int) throws(StoreError) -> LoadResult

    /// Why nothing new should be accepted although batches still go through: the store lives on its reserve of space. Nil
    /// when all is well. Cheap, and asked for again it looks again.
    var shortage: StoreError? { get }

    /// Closes files and connections. Nothing may be called afterwards.
    func close()
}

extension Store {
    /// A store without a reserve never lives on one.
    package var shortage: StoreError? { nil }
}

/// A partition as it was found.
package struct OpenedPartition: Sendable, Hashable {
    /// The new epoch, one above every epoch before.
    package var epoch: Int64
    /// The sequence of the last batch that was committed; 0 when none was.
    package var batchSequence: Int64
    /// Engine time of that batch.
    package var engineTime: Timestamp
    package var marks: KeyMarks

    package init(epoch: Int64, batchSequence: Int64, engineTime: Timestamp, marks: KeyMarks) {
        self.epoch = epoch
        self.batchSequence = batchSequence
        self.engineTime = engineTime
        self.marks = marks
    }
}

/// One row on the way back into memory at start-up.
package enum RecoveredRow: Sendable {
    case app(AppRow)
    case function(FunctionRow)
    case throttle(ThrottleRow)
    case rateLimit(RateLimitRow)
    case cron(CronRow)
    case functionState(FunctionStateRow)
    case bulk(BulkRow)
    case keyRenewal(KeyRenewalRow)
    case job(JobCore)
    case wait(WaitRow)
    case hold(HoldRow)
    /// The last event of a name that is on its way to waits.
    case deliveries(name: String, last: EventKey)
}

extension Partition {
    /// Takes one row back into memory. To be called with all that a store hands over, in its order.
    ///
    /// - Parameter zones: The rules of the schedules' time zones. Default: UTC alone is known.
    /// - Throws: What parsing throws when a stored configuration or expression is none, which only a damaged file can bring about.
    package func recover(
        _ row: RecoveredRow, _ recovery: inout Recovery, zones: ZoneFinder = { _ in nil }
    ) throws {
        switch row {
        case .app(let app): recover(app, &recovery)
        case .function(let function):
            recover(function, as: try FunctionBlueprint(stored: function, zones: zones), &recovery)
        case .throttle(let throttle): recover(throttle, &recovery)
        case .rateLimit(let limit): recover(limit)
        case .cron(let cron): recover(cron)
        case .functionState(let state): recover(state)
        case .bulk(let bulk): try recover(bulk)
        case .keyRenewal(let renewal): recover(renewal)
        case .job(let job): recover(job, &recovery)
        case .wait(let wait): try recover(wait, &recovery)
        case .hold(let hold): recover(hold, &recovery)
        case .deliveries(let name, let last): recover(deliveriesOf: name, last: last)
        }
    }
}
