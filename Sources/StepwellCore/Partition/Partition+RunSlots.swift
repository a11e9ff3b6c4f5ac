import StepwellModel

/// Limits on whole runs: a run holds its slot from its first call to its end, whatever it waits for meanwhile.
extension Partition {
    func takeRunSlot(_ runSlot: Int32, at gate: Gate) {
        gate.holders.insert(runs[runSlot].key.value)
        runs[runSlot].holdsRunSlot = true
    }

    /// A run ends, and the next may begin.
    func freeRunSlot(of run: RunEntry) {
        guard run.holdsRunSlot, let gate = gates[.run(run.functionKey, hash: run.limits.run)] else { return }
        gate.holders.remove(run.key.value)
        passOn(gate)
        forgetIfIdle(gate)
    }

    /// Gives a slot to every run that has begun and has none, whether there is room or not: after a restart, and when a
    /// function declares such a limit that had none.
    func takeMissingRunSlots() {
        let limited = Set(configuration.functions.values.filter { $0.flow.runConcurrency != nil }.map(\.key))
        guard !limited.isEmpty else { return }
        var begun: [Int32] = []
        runs.forEach { slot, run in
            guard limited.contains(run.functionKey), !run.holdsRunSlot else { return }
            if hasBegun(slot) { begun.append(slot) }
        }
        for slot in begun { takeRunSlot(slot, at: gate(.run(runs[slot].functionKey, hash: runs[slot].limits.run))) }
    }
}
