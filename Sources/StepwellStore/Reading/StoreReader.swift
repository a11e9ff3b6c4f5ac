package import StepwellCore
package import StepwellModel

/// What people ask a store for, through the REST API, the dashboard and the command line.
///
/// Callable from any thread, beside the writer, of which it sees what is committed. Every call is synchronous, ends within
/// the reader's time limit (``StoreError/Code/tooSlow``), and costs no more with the number of finished runs than its
/// answer needs.
package protocol StoreReader: Sendable {
    /// The newest events first.
    func events(_ query: EventQuery) throws(StoreError) -> Page<EventRow>

    func event(_ id: ULID) throws(StoreError) -> EventRow?

    /// Which event an event repeats; nil when it came from outside, or does not exist.
    func resend(of event: ULID) throws(StoreError) -> ResendRow?

    /// The functions that the event concerns and has started no run of, by key.
    func droppedStarts(of event: EventKey) throws(StoreError) -> [DroppedStart]

    /// The newest runs first.
    func runs(_ query: RunQuery) throws(StoreError) -> Page<RunRecord>

    /// One run with its output, and with the key by which the engine knows it.
    func run(_ id: ULID) throws(StoreError) -> RunRecord?

    /// As ``run(_:)``, of a run that the engine has named.
    func run(_ key: RunKey) throws(StoreError) -> RunRecord?

    /// The events that start a run, more than one for a batch, in order; those that are no longer kept are left out.
    func events(of run: RunKey) throws(StoreError) -> [EventRow]

    /// The ids of ``events(of:)``, without reading what they carry.
    func eventIDs(of run: RunKey) throws(StoreError) -> [ULID]

    /// The steps that have their result, by position.
    func steps(of run: RunKey) throws(StoreError) -> [StepRow]

    /// The calls that failed, the oldest first.
    func attempts(of run: RunKey) throws(StoreError) -> [AttemptRow]

    /// What is to run, or has run, after the run, by position.
    func defers(of run: RunKey) throws(StoreError) -> [DeferRow]

    /// What has been told of the run and its steps, the oldest first.
    func metadata(of run: RunKey) throws(StoreError) -> [MetadataRow]

    /// What the run does next or waits for, by key; empty once it is finished.
    func pendingActions(of run: RunKey) throws(StoreError) -> [PendingAction]

    /// All apps by key, those that were removed included.
    func apps() throws(StoreError) -> [AppRow]

    /// All functions by key, those that are archived included.
    func functions() throws(StoreError) -> [FunctionRow]

    /// The newest works on many runs or events first; of one origin, where one is named.
    func bulks(limit: Int, origin: BulkOrigin?) throws(StoreError) -> [BulkRow]

    func bulk(_ id: ULID) throws(StoreError) -> BulkRow?

    /// What was done, the newest first.
    func audits(_ query: AuditQuery) throws(StoreError) -> Page<AuditRow>

    /// The next runs or events that bulk work would be about.
    func bulkPage(_ request: BulkPageRequest) throws(StoreError) -> BulkPage

    /// Keys between which all runs are that were queued in this time, and perhaps others; nil when there is none.
    func runKeys(queuedFrom: Timestamp?, queuedUntil: Timestamp?) throws(StoreError) -> (after: Int64, through: Int64)?

    /// As ``runKeys(queuedFrom:queuedUntil:)``, of events by when they were received.
    func eventKeys(receivedFrom: Timestamp?, receivedUntil: Timestamp?) throws(StoreError) -> (
        after: Int64, through: Int64
    )?

    /// What operators have decided about functions, by key: no row where nobody ever did.
    func functionStates() throws(StoreError) -> [FunctionStateRow]

    /// How many runs each function has in each status, by function key and status; no row where there are none.
    func runCounts() throws(StoreError) -> [RunCount]

    func facts() throws(StoreError) -> StoreFacts
}
