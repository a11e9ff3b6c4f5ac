import StepwellModel

@testable import StepwellCore

/// A fault of our own, planted to show that the simulation finds it.
enum Defect: CaseIterable {
    /// Effects are released when the batch is handed over.
    case acknowledgesBeforeCommit
    /// Late and doubled answers are taken for answers to the newest call.
    case ignoresGenerations
    /// A timer is forgotten.
    case losesTimers
    /// A timer fires a second early.
    case firesEarly
    /// A result is written twice: a wait or sleep was resumed twice.
    case resumesTwice
    /// A slot stays taken when its call has ended.
    case leaksSlots
    /// A slot is free while its call is under way.
    case freesSlotsEarly
    /// A row is left out of a batch.
    case losesRows
    /// The look-up of an event id finds nothing.
    case forgetsEventIDs
    /// A look at what came before a wait finds nothing.
    case looksPast
    /// Results are sent in another order than the one in which they came.
    case shufflesStacks
    /// A lane that could go on is left standing.
    case losesLanes
    /// That an event ended a wait is written only with the result.
    case losesMatches
    /// That an event is on its way to waits is not written.
    case losesDeliveries
    /// How far work on many runs has come is not written with what it does.
    case losesCursors

    /// What goes wrong in memory.
    func disturb(_ partition: Partition, _ random: inout RandomSource) {
        guard random.next() % 40 == 0 else { return }
        switch self {
        case .losesTimers:
            var isFirst = true
            partition.timers.compact { entry in
                defer { isFirst = false }
                return !isFirst || partition.find(entry.subject)?.state != .timed
            }
        case .leaksSlots: partition.gates.values.first?.holders.insert(-1)
        case .freesSlotsEarly:
            if let gate = partition.gates.values.first(where: { !$0.holders.isEmpty }) { gate.holders.removeAll() }
        case .losesLanes:
            for gate in partition.gates.values { _ = gate.popAllWaiters() }
        case .firesEarly: fireEarly(partition)
        default: break
        }
    }

    private func fireEarly(_ partition: Partition) {
        var sleeping: Int32?
        partition.jobs.forEach { slot, job in
            if job.kind == .sleep && job.state == .timed && !job.isDueOnWallClock { sleeping = slot }
        }
        guard let slot = sleeping else { return }
        let due = partition.jobs[slot].due - .seconds(2)
        partition.jobs[slot].due = due
        partition.timers.insert(partition.jobs[slot].reference(slot: slot), due: due)
    }

    /// What goes wrong on the way to the store or to the worker.
    func alter(_ output: Partition.Output, _ random: inout RandomSource) -> Partition.Output {
        var output = output
        switch self {
        case .resumesTwice:
            let writes = output.batch?.writes ?? []
            output.batch?.writes = twice(writes)
        case .losesMatches:
            output.batch?.writes.removeAll { if case .matchWait = $0 { true } else { false } }
        case .losesDeliveries:
            output.batch?.writes.removeAll { if case .insertDelivery = $0 { true } else { false } }
        case .losesCursors where random.next() % 2 == 0:
            output.batch?.writes.removeAll { if case .updateBulk(_, .running, _, _) = $0 { true } else { false } }
        case .losesRows where random.next() % 4 == 0:
            output.batch?.writes.removeAll { if case .putJob(let row) = $0 { row.core.kind != .start } else { false } }
        case .shufflesStacks:
            output.effects = output.effects.map { effect in
                guard case .dispatch(var order) = effect else { return effect }
                order.steps.reverse()
                return .dispatch(order)
            }
        default: break
        }
        return output
    }

    private func twice(_ writes: [Write]) -> [Write] {
        var doubled: [Write] = []
        for write in writes {
            doubled.append(write)
            guard case .insertStep(var row) = write, row.kind != .run else { continue }
            row.position += 1
            doubled.append(.insertStep(row))
        }
        return doubled
    }
}
