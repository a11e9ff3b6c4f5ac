import StepwellModel

/// A run's next action, as it stands in memory.
struct Job {
    let key: JobKey
    let runSlot: Int32
    /// The next job of the same run; -1 at the end.
    var nextInRun: Int32
    var due: Timestamp
    /// The dispatch that carries it out; 0 while there is none.
    var generation: Int64 = 0
    var group: Int64
    /// The wait's number in the index; -1 for none.
    var wait: Int32 = -1
    var cause: UInt16
    var attempt: UInt8
    var kind: JobKind
    var state: State
    var isDueOnWallClock: Bool
    var isRacing: Bool
    var isAdmitted: Bool

    enum State: UInt8 {
        /// Until `due`. Can transition to queued (a call), rekeying (a call), waking (a sleep or wait).
        case timed
        /// Due, in a lane. Can transition to dispatched, rekeying.
        case queued
        /// Due, and the keys of its run are being evaluated again. Can transition to queued.
        case rekeying
        /// A call is being prepared or under way. Can transition to timed (another attempt), queued and rekeying (the
        /// worker refused).
        case dispatched
        /// Its time has come, or its event, and its run is being loaded. Ends with the job's removal.
        case waking
    }

    func reference(slot: Int32) -> JobReference { JobReference(slot: slot, key: key) }
}
