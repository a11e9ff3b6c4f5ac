import StepwellModel

/// Something that the engine must know from the store before it can go on. The answer comes back as an input.
package enum LoadRequest: Sendable, Hashable {
    /// All that is needed to go on with a run whose details are no longer in memory.
    case run(RunKey)
    /// Which functions have a run for this event id that is younger than `since`.
    case idempotency(Digest, since: Timestamp)
    /// The next runs that work on many runs is about.
    case bulkPage(BulkPageRequest)
    /// Which of these events exist already: a sender has repeated its seed.
    case events([ULID])
    /// How much metadata a run has that may have ended.
    case metadata(RunKey)
    /// Events that came before a wait for them.
    case lookBack(LookBackRequest)
    /// Events on their way to waits.
    case deliveries(DeliveriesRequest)
}

/// What was read.
package enum LoadResult: Sendable, Hashable {
    case run(LoadedRun)
    case idempotency([FunctionKey])
    /// Those of the asked ids that exist.
    case events([ULID])
    case metadata(MetadataTally)
    /// The first of the events, and whether they are all.
    case lookBack([EventRow], isComplete: Bool)
    /// The first of the events, and whether they are all.
    case deliveries([EventRow], isComplete: Bool)
    case bulkPage(BulkPage)
}

/// A run as the store knows it.
package struct LoadedRun: Sendable, Hashable {
    package var run: RunRow
    package var event: EventRow
    /// Those of a batch beside the first, in order.
    package var otherEvents: [EventRow]
    /// By position, without gaps.
    package var steps: [StepRow]
    /// The details of all its jobs.
    package var jobs: [JobKey: JobDetail]
    /// The events that have ended waits of its jobs.
    package var matches: [JobKey: EventRow]
    /// Set when the run repeats another one.
    package var rerun: RerunRow?
    /// By position, without gaps.
    package var defers: [DeferRow]
    package var metadata: MetadataTally

    package init(
        run: RunRow, event: EventRow, otherEvents: [EventRow] = [], steps: [StepRow], jobs: [JobKey: JobDetail],
        matches: [JobKey: EventRow] = [:], rerun: RerunRow? = nil, defers: [DeferRow] = [],
        metadata: MetadataTally = MetadataTally()
    ) {
        self.run = run
        self.event = event
        self.otherEvents = otherEvents
        self.steps = steps
        self.jobs = jobs
        self.matches = matches
        self.rerun = rerun
        self.defers = defers
        self.metadata = metadata
    }
}

/// A load that the engine has asked for.
package struct Load: Sendable, Hashable {
    package var ticket: UInt64
    /// The answer must include the effects of this batch and all before it.
    package var seesBatch: Int64
    package var request: LoadRequest

    package init(ticket: UInt64, seesBatch: Int64, request: LoadRequest) {
        self.ticket = ticket
        self.seesBatch = seesBatch
        self.request = request
    }
}
