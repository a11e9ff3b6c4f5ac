import StepwellExpressions
import StepwellModel

/// Work on many runs or events: page by page, from the oldest on, each page so small that nothing else waits long.
///
/// Exactly once, also through a crash: what is done to a run, and that it was done, are in one batch. The cursor moves on in
/// the batch that does the last of a page, so a page may be read again, and then finds what was left to do.
extension Partition {
    // MARK: - Operators

    /// - Parameter condition: Of the request's filter, parsed.
    func begin(_ request: BulkRequest, condition: Expression?, _ token: ReplyToken) {
        guard bulks.count < settings.bulksMax else {
            return reply(token, .refused(.tooManyBulks(settings.bulksMax)))
        }
        let mark = request.action == .resend ? marks.event : marks.run
        let last = min(request.through ?? .max, mark)
        let first = min(request.after, last)
        let row = BulkRow(
            id: freshID(), action: request.action, state: .running, filter: request.filter, rate: request.rate,
            createdAt: now.engine, endedAt: nil, progress: BulkProgress(first: first, cursor: first, last: last),
            limit: request.limit, start: request.start, origin: request.origin)
        writes.append(.insertBulk(row))
        bulks.append(Bulk(row, condition: condition, batch: sequence, at: now.engine))
        reply(token, .bulkBegun(row.id))
    }

    func stopBulk(_ id: ULID, _ token: ReplyToken) {
        guard let bulk = bulks.first(where: { $0.row.id == id }) else {
            return reply(token, .refused(.bulkNotActive))
        }
        end(bulk, as: .stopped)
        reply(token, .bulkStopped)
    }

    func withdrawBulk(_ id: ULID, _ token: ReplyToken) {
        if let bulk = bulks.first(where: { $0.row.id == id }) { end(bulk, as: .stopped) }
        writes.append(.withdrawBulk(id))
        reply(token, .bulkStopped)
    }

    private func end(_ bulk: Bulk, as state: BulkState) {
        bulk.row.state = state
        bulk.row.endedAt = now.engine
        bulk.isChanged = false
        bulks.removeAll { $0 === bulk }
        write(bulk)
        record(AuditNote(endOf: bulk.row))
    }

    private func write(_ bulk: Bulk) {
        let row = bulk.row
        writes.append(.updateBulk(row.id, state: row.state, endedAt: row.endedAt, row.progress))
    }

    /// What has been done goes with the batch that does it.
    func writeBulkProgress() {
        for bulk in bulks where bulk.isChanged {
            bulk.isChanged = false
            write(bulk)
        }
    }

    // MARK: - Pages

    /// When the next page is to be read; nil when something else must happen before.
    var nextBulkDue: Timestamp? {
        // A batch that is full is taken over before long, and that is an input.
        guard !isDraining, hasRoomInBatch else { return nil }
        return bulks.lazy.filter { $0.isBetweenPages && $0.batch <= self.committedSequence }.map(\.nextAt).min()
    }

    /// Asks for the pages that can be read now.
    func readBulkPages() {
        for bulk in bulks where bulk.isBetweenPages && bulk.batch <= committedSequence && bulk.nextAt <= now.engine {
            guard !isDraining, hasRoomInBatch, loads.count < settings.loadsMax else { return }
            let progress = bulk.row.progress
            guard progress.cursor < progress.last else {
                end(bulk, as: .completed)
                continue
            }
            bulk.isReading = true
            let subject = BulkSubject(
                bulk.row.action, hasCondition: bulk.condition != nil, readsSteps: bulk.row.start != nil)
            load(
                .bulkPage(
                    BulkPageRequest(
                        subject, filter: bulk.row.filter, after: progress.cursor, through: progress.last,
                        limit: limit(bulk))), for: .bulk(bulk))
        }
    }

    /// With a rate, pages of a tenth of a second.
    private func limit(_ bulk: Bulk) -> Int {
        min(settings.bulkPageMax, max(1, (bulk.row.rate ?? .max) / 10))
    }

    func receive(_ page: BulkPage, for bulk: Bulk) {
        bulk.isReading = false
        guard bulk.row.state == .running else { return }
        // Until all of them have been looked at, so that the page does not end with the first.
        bulk.pending += 1
        if bulk.row.action == .resend {
            let found = page.events.filter { BulkFilter.holds(bulk.condition, for: $0, now: now.wall) }
            for event in take(found, of: page, for: bulk, \.key.value) { resend(event, for: bulk) }
        } else {
            let found = page.runs.filter { BulkFilter.holds(bulk.condition, for: $0.run?.event, now: now.wall) }
            for candidate in take(found, of: page, for: bulk, \.key.value) { act(on: candidate, for: bulk) }
        }
        endPending(of: bulk)
    }

    /// As many as the work may still act on; what is left is none of this page, nor of any other.
    private func take<Found>(
        _ found: [Found], of page: BulkPage, for bulk: Bulk, _ key: (Found) -> Int64
    ) -> ArraySlice<Found> {
        let taken = found.prefix(bulk.left)
        let cursor = taken.count < found.count ? taken.last.map(key) ?? bulk.row.progress.cursor : page.cursor
        bulk.page = Bulk.Page(cursor: cursor, doneBefore: bulk.row.progress.done)
        return taken
    }

    private func act(on candidate: BulkCandidate, for bulk: Bulk) {
        if bulk.row.action == .cancel {
            cancel(candidate.key, for: bulk)
        } else if let run = candidate.run {
            rerun(run, candidate.openSteps, for: bulk)
        }
    }

    /// A run or event of the page in hand was acted on, or left as it is. Counted with the batch that does it, and not with the
    /// page, of which only what is left is found again after a crash.
    private func settle(for bulk: Bulk) {
        bulk.row.progress.found += 1
        bulk.isChanged = true
    }

    /// A run of the page in hand is done with.
    private func endPending(of bulk: Bulk) {
        bulk.pending -= 1
        guard bulk.pending == 0, let page = bulk.page else { return }
        bulk.page = nil
        guard bulk.row.state == .running else { return }
        bulk.row.progress.cursor = page.cursor
        bulk.isChanged = true
        if let rate = bulk.row.rate {
            let done = Int64(bulk.row.progress.done - page.doneBefore)
            bulk.nextAt = now.engine + Milliseconds((done * 1_000 + Int64(rate) - 1) / Int64(rate))
        }
        if bulk.left == 0, page.cursor < bulk.row.progress.last { end(bulk, as: .limitReached) }
    }

    // MARK: - Actions

    private func cancel(_ run: RunKey, for bulk: Bulk) {
        // What the store shows as unfinished may have ended since.
        guard let slot = runSlots[run] else { return settle(for: bulk) }
        bulk.pending += 1
        arrive(.bulkCancel(bulk), at: slot)
    }

    /// The run is in memory now: it is ended unless it has become another one than was asked for.
    func cancel(_ runSlot: Int32, for bulk: Bulk) {
        guard bulk.row.state == .running else { return endPending(of: bulk) }
        if let run = runs[runSlot].state?.run, bulk.row.filter.matches(run) {
            finish(runSlot, as: .cancelled, output: nil)
            bulk.row.progress.done += 1
        }
        settle(for: bulk)
        endPending(of: bulk)
    }

    /// The run has ended by itself while it was read.
    func passOver(_ bulk: Bulk) {
        if bulk.row.state == .running { settle(for: bulk) }
        endPending(of: bulk)
    }

    private func rerun(_ run: LoadedRun, _ openSteps: [NamedStep], for bulk: Bulk) {
        do throws(Refusal) {
            let start = try bulk.row.start.map { (start) throws(Refusal) in
                try Self.resolve(start, in: run.steps.map { NamedStep($0) } + openSteps)
            }
            _ = try repeatRun(run, from: start, bulkID: bulk.row.id)
            bulk.row.progress.done += 1
        } catch {
            bulk.row.progress.refused += 1
        }
        settle(for: bulk)
    }

    /// Which step of a run is meant.
    private static func resolve(_ start: BulkStart, in steps: [NamedStep]) throws(Refusal) -> RerunStart {
        guard case .one(let step) = NamedStep.choose(start.step, from: steps), start.input == nil || step.takesInput
        else { throw .noSuchStep }
        return RerunStart(stepID: step.id, input: start.input)
    }

    /// The event comes once more, under an id and a time of its own.
    private func resend(_ event: EventRow, for bulk: Bulk) {
        do throws(EventError) {
            let copy = try ReceivedEvent(repeating: event.payload, id: freshID(), receivedAt: now.wall)
            let view = EventView(name: copy.name, payload: copy.json)
            ingest(
                IncomingEvent(
                    id: copy.internalID, name: copy.name, senderDigest: nil, timestamp: copy.time, payload: copy.json,
                    starts: configuration.starts(for: view, now: now.wall),
                    resent: IncomingEvent.Resent(originalID: event.id, bulkID: bulk.row.id)), view: view)
            bulk.row.progress.done += 1
        } catch {
            bulk.row.progress.refused += 1
        }
        settle(for: bulk)
    }
}

extension AuditNote {
    /// What came of bulk work in the end.
    fileprivate init(endOf bulk: BulkRow) {
        var detail = JSONWriter()
        detail.beginObject()
        detail.member("found", bulk.progress.found)
        detail.member("done", bulk.progress.done)
        detail.member("refused", bulk.progress.refused)
        detail.endObject()
        let verb =
            switch bulk.state {
            case .running, .completed: "bulk.completed"
            case .stopped: "bulk.stopped"
            case .limitReached: "bulk.limit_reached"
            }
        self.init(actor: "server", address: nil, verb: verb, target: bulk.id.description, detail: detail.json)
    }
}
