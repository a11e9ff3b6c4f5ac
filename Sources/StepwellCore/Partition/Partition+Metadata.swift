import StepwellModel

/// Metadata of runs and their steps: entries that are only ever added, up to a limit.
extension Partition {
    /// Records what comes with operations. What has no room is left out, since it must not cost a step its result.
    func noteMetadata(of operations: [Operation], in runSlot: Int32) {
        guard let state = runs[runSlot].state else { return }
        for operation in operations {
            for entry in operation.metadata {
                let stepID = entry.isOfRun || operation.id.isEmpty ? nil : operation.id
                let row = row(entry, stepID: stepID, of: state.run.key, state.metadata)
                guard state.metadata.hasRoom(forStep: stepID, cost: row.cost) else { continue }
                write(row, &state.metadata)
                touch(state, runSlot)
            }
        }
    }

    func addMetadata(_ request: MetadataRequest, _ token: ReplyToken) {
        if let slot = runSlots[request.run] { return arrive(.metadata(request, token), at: slot) }
        // Of an ended run nothing is in memory. What is on its way to the store must be there before it is read.
        endedMetadata[request.run, default: []].append((request, token))
        guard endedMetadata[request.run]?.count == 1 else { return }
        endedMetadataDue.append((request.run, writes.isEmpty ? sequence - 1 : sequence))
        loadEndedMetadata()
    }

    /// Reads what is needed for ended runs, as soon as it is durable.
    func loadEndedMetadata() {
        while let first = endedMetadataDue.first, first.batch <= committedSequence {
            endedMetadataDue.popFirst()
            load(.metadata(first.run), for: .metadata(first.run))
        }
    }

    func receive(_ tally: MetadataTally, of run: RunKey) {
        var tally = tally
        for (request, token) in endedMetadata.removeValue(forKey: run) ?? [] { add(request, token, &tally) }
    }

    /// To a run that is in memory.
    func addMetadata(_ request: MetadataRequest, _ token: ReplyToken, to runSlot: Int32) {
        guard let state = runs[runSlot].state else { return }
        add(request, token, &state.metadata)
        touch(state, runSlot)
    }

    private func add(_ request: MetadataRequest, _ token: ReplyToken, _ tally: inout MetadataTally) {
        let cost = request.entries.reduce(0) { $0 + row($1, stepID: request.stepID, of: request.run, tally).cost }
        guard tally.hasRoom(forStep: request.stepID, cost: cost) else {
            reply(token, .refused(.metadataTooLarge))
            return
        }
        for entry in request.entries { write(row(entry, stepID: request.stepID, of: request.run, tally), &tally) }
        reply(token, .noted)
    }

    private func row(
        _ entry: MetadataEntry, stepID: String?, of run: RunKey, _ tally: MetadataTally
    ) -> MetadataRow {
        MetadataRow(
            runKey: run, position: tally.count, stepID: stepID, kind: entry.kind, operation: entry.operation,
            recordedAt: now.engine, values: entry.values)
    }

    private func write(_ row: MetadataRow, _ tally: inout MetadataTally) {
        tally.add(stepID: row.stepID, cost: row.cost)
        writes.append(.insertMetadata(row))
        noteChange(of: row.runKey)
    }
}
