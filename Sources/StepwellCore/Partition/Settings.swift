import StepwellModel

/// What an operator may choose about the engine.
package struct Settings: Sendable {
    /// Calls in flight to one app. Default: 100.
    package var callsPerAppMax = 100
    /// Requests of the server's own in flight. Default: 100.
    package var gatewayCallsMax = 100
    /// Steps of one run. Default: 1,000.
    package var stepsMax = 1_000
    /// Operations of one answer. Default: 1,000.
    package var operationsMax = 1_000
    /// Bytes of all results of one run. Default: 32 MiB.
    package var stateBytesMax = 32 << 20
    /// How far the time of an input may be ahead of what its clock showed, since clocks cut off what is less: spans of time
    /// last that much longer, so that none ends early. Default: 0, for a clock that is exact.
    package var clockResolution = Milliseconds.zero
    /// A constant delay between attempts, instead of the growing one. Default: none.
    package var retryInterval: Milliseconds?
    /// How much of the runs' details stays in memory, bytes. Default: 64 MiB.
    package var cacheBytesMax = 64 << 20
    /// Loads under way at once. Default: 64.
    package var loadsMax = 64
    /// Places in lines that one explanation looks at. Default: 10,000.
    package var explainedPlacesMax = 10_000
    /// Works on many runs that go on at a time. Default: 16.
    package var bulksMax = 16
    /// Runs that such work looks at before other inputs get their turn. Default: 50.
    package var bulkPageMax = 50
    /// Timers that fire before other inputs get their turn. Default: 128.
    package var timersPerTurnMax = 128

    /// Events of one request that are taken in before other inputs get their turn. Default: 64.
    package var eventsPerTurnMax = 64
    /// How many waits are looked at for one event before other inputs get their turn; one that ends counts as nine.
    /// Default: 512.
    package var looksPerTurnMax = 512
    /// Events of one name on their way to more waits than one turn has looks for that are in memory; the others stay in the store.
    /// Default: 16.
    package var deliveriesInMemoryMax = 16
    /// How often it may be a line's turn at a limit and others are served, before room is kept for it; four times the calls
    /// that are under way there if that is more. Default: 16.
    package var passedOverMax = 16
    /// Work that can wait adds nothing to a batch that has so many rows. Default: 128.
    package var rowsPerBatchWanted = 128
    /// Timers, and schedules, that fire in a batch that has so many rows all the same. Default: 32 of either.
    package var firedPerBatchMin = 32
    /// How long no call is made after a start, so that calls of a process that was killed can end. Default: 0.
    package var recoveryGrace = Milliseconds.zero

    /// What becomes of a schedule's ticks that passed while no server ran. Default: the last one starts a run.
    package var missedTicks = MissedTicks.one

    package init() {}
}
