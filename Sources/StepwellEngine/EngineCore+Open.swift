import StepwellCore
import StepwellExpressions
import StepwellModel
import StepwellStore
import Synchronization

/// A partition that is ready to go on, with the clock that it goes by.
struct Opened {
    let partition: Partition
    let clock: any Clock
    let note: RunNote?
}

extension EngineCore {
    private static let clockTolerance = Milliseconds.minutes(1)

    /// Reads everything back that must be in memory.
    func openPartition() throws(EngineError) -> Opened {
        do {
            let opened = try store.open(partition: 0)
            try checkClock(against: opened.engineTime)
            let clock = SystemClock(notBefore: opened.engineTime)
            let partition = Partition(
                number: 0, settings: settings, epoch: opened.epoch, batchSequence: opened.batchSequence,
                marks: opened.marks, at: clock.now(), seed: options.seed ?? UInt64.random(in: .min ... .max))
            let note = try options.runNotePath.map { try RunNote(path: $0) }
            if let note { partition.noteRun = { note.set($0) } }
            try recover(partition, quarantining: note?.poison)
            status.withLock {
                $0.epoch = opened.epoch
                $0.committedSequence = opened.batchSequence
            }
            return Opened(partition: partition, clock: clock, note: note)
        } catch let error as StoreError {
            throw EngineError(error.message)
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError("\(error)")
        }
    }

    /// A machine whose clock was set back would keep every date waiting, so it is not started unasked.
    private func checkClock(against last: Timestamp) throws(EngineError) {
        let behind = last - SystemClock.wall()
        guard behind > Self.clockTolerance, !options.acceptsClockBehind else { return }
        throw EngineError(
            """
            SW0301: the machine's clock is \(behind.count / 1_000) s behind the last commit in the data file. Set the \
            clock, or start with --accept-clock-behind if the clock was wrong before.
            """)
    }

    private func recover(_ partition: Partition, quarantining poison: RunKey?) throws {
        var recovery = Partition.Recovery()
        var failure: (any Error)?
        try store.recover(partition: 0) { row in
            guard failure == nil else { return }
            do {
                try partition.recover(row, &recovery, zones: options.zones)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        if let poison { partition.quarantine(poison, error: RunNote.error) }
        partition.finishRecovery(recovery)
    }
}
