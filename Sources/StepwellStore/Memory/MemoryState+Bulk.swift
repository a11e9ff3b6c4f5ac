package import StepwellCore
internal import StepwellModel

extension MemoryState {
    /// The next runs that a filter matches.
    package func bulkPage(_ request: BulkPageRequest) -> BulkPage {
        var page = BulkPage(runs: [], cursor: request.after)
        var payloadBytes = 0
        let runs = runs.values.filter { request.after < $0.key && $0.key <= request.through }
            .sorted { $0.key < $1.key }
        for run in runs.prefix(BulkPageRequest.looksMax) {
            page.cursor = run.key
            guard request.filter.matches(run) else { continue }
            let loaded = request.readsRuns ? bulkRun(run) : nil
            payloadBytes += loaded.map { $0.otherEvents.reduce($0.event.payload.count) { $0 + $1.payload.count } } ?? 0
            page.runs.append(BulkCandidate(key: run.key, run: loaded))
            if page.runs.count >= request.limit || payloadBytes >= BulkPageRequest.payloadBytesMax { return page }
        }
        if runs.count <= BulkPageRequest.looksMax { page.cursor = request.through }
        return page
    }

    private func bulkRun(_ run: RunRow) -> LoadedRun? {
        guard let event = events[run.eventKey] else { return nil }
        var run = run
        run.output = nil
        return LoadedRun(
            run: run, event: event, otherEvents: (runEvents[run.key] ?? []).compactMap { events[$0] }, steps: [],
            jobs: [:])
    }
}
