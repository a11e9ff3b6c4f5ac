package import StepwellCore
internal import StepwellModel

extension MemoryState {
    /// The next runs or events that a filter matches.
    package func bulkPage(_ request: BulkPageRequest) -> BulkPage {
        var page = BulkPage(cursor: request.after)
        var payloadBytes = 0
        var found = 0
        let keys = keys(of: request.subject).filter { request.after < $0 && $0 <= request.through }.sorted()
        for key in keys.prefix(BulkPageRequest.looksMax) {
            page.cursor = key
            guard let cost = add(key, to: &page, request) else { continue }
            payloadBytes += cost
            found += 1
            if found >= request.limit || payloadBytes >= BulkPageRequest.payloadBytesMax { return page }
        }
        if keys.count <= BulkPageRequest.looksMax { page.cursor = request.through }
        return page
    }

    private func keys(of subject: BulkSubject) -> [Int64] {
        subject == .events ? events.keys.map(\.value) : runs.keys.map(\.value)
    }

    /// - Returns: How much of the page's size it takes; nil when the filter does not match it.
    private func add(_ key: Int64, to page: inout BulkPage, _ request: BulkPageRequest) -> Int? {
        if request.subject == .events {
            guard let event = events[EventKey(key)],
                request.filter.matches(eventNamed: event.name, receivedAt: event.receivedAt)
            else { return nil }
            page.events.append(event)
            return event.payload.count
        }
        guard let run = runs[RunKey(key)], request.filter.matches(run) else { return nil }
        let candidate = candidate(run, request.subject)
        page.runs.append(candidate)
        return candidate.payloadBytes
    }

    private func candidate(_ run: RunRow, _ subject: BulkSubject) -> BulkCandidate {
        guard subject != .runKeys, let event = events[run.eventKey] else { return BulkCandidate(key: run.key) }
        var shown = run
        shown.output = nil
        var loaded = LoadedRun(
            run: shown, event: event, otherEvents: (runEvents[run.key] ?? []).compactMap { events[$0] }, steps: [],
            jobs: [:])
        guard subject == .runsWithSteps else { return BulkCandidate(key: run.key, run: loaded) }
        loaded.steps = steps[run.key] ?? []
        return BulkCandidate(key: run.key, run: loaded, openSteps: openSteps(of: loaded))
    }

    private func openSteps(of run: LoadedRun) -> [NamedStep] {
        let pending = (jobKeys[run.run.key] ?? []).compactMap { jobs[$0] }
            .map { NamedStep(id: $0.detail.stepID, name: $0.detail.stepName, job: $0.core.kind) }
        let tried = (attempts[run.run.key] ?? []).map { NamedStep(id: $0.stepID ?? "", name: $0.stepName, job: nil) }
        var known = Set(run.steps.map(\.id))
        return (pending + tried).filter { !$0.id.isEmpty && known.insert($0.id).inserted }.sorted { $0.id < $1.id }
    }
}
