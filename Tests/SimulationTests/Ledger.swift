import StepwellModel
import StepwellStore

@testable import StepwellCore

/// What the world outside has seen, against which the engine is judged.
struct Ledger {
    /// Broken promises, in words.
    private(set) var violations: [String] = []
    /// Ids of events that were acknowledged, with the names under which they were sent.
    private var acknowledged: [ULID: String] = [:]
    private var bulks = BulkLedger()
    /// Ids of runs that repeat others, as operators were told them.
    private var acknowledgedReruns: Set<ULID> = []
    /// The step bodies that ran, by run and step.
    private var executions: [String: Int] = [:]
    /// When each sleep may end at the earliest, by run and step.
    private var earliest: [String: (time: Timestamp, isOnWallClock: Bool)] = [:]
    /// Runs whose end may be an error, since a call of theirs failed for good.
    private var mayFail: Set<ULID> = []
    private var mayBeCancelled: Set<RunKey> = []
    /// Waits that were reported and have no result yet, by run and step.
    private var openWaits: [String: OpenWait] = [:]
    /// Waits that look back, by run and step: an event before them may have ended them.
    private var lookingBack: Set<String> = []
    /// The events that must have ended a wait, by run and step.
    private var owedMatches: [String: EventRow] = [:]

    /// All events that the engine has taken in, in order.
    private var taken: [EventRow] = []

    private struct OpenWait {
        var event: String
        var key: String
        var deadline: Timestamp
    }
    /// Events that were taken in while the app was removed: its functions start nothing for them.
    private var takenWithoutApp: Set<ULID> = []
    /// The runs of `watched` that are under way.
    private var begun: Set<RunKey> = []
    /// Runs whose end is decided: a call of them may still be on its way out.
    private var ended: Set<RunKey> = []
    /// The functions that are paused or drained, and the last call that was decided on before.
    private var states: [FunctionKey: (state: FunctionState, generation: Int64)] = [:]
    /// The calls that the engine awaits, by function and value of its concurrency key.
    private var awaited: [String: Set<Int64>] = [:]
    private var awaitedGroup: [Int64: String] = [:]
    /// When runs of a throttled function made their first call, by key.
    private var starts: [String: [(run: ULID, at: Timestamp)]] = [:]

    /// The runs to which a signal was delivered, by the signal's number.
    private var deliveries: [Int64: RunKey] = [:]

    mutating func violate(_ message: String) { violations.append(message) }
    mutating func acknowledge(_ ids: [ULID], names: [String]) {
        for (id, name) in zip(ids, names) { acknowledged[id] = name }
    }
    /// What was done is in the audit log once, what was refused is not.
    mutating func judgeAudit(of token: ReplyToken, _ reply: Reply, _ state: MemoryState) {
        let rows = state.audits.count { $0.note.target == "\(token.value)" }
        let wanted = if case .refused = reply { 0 } else { 1 }
        if rows != wanted { violate("the audit log has \(rows) rows of a request that was answered with \(reply)") }
    }

    mutating func observeBulks(_ batch: Batch, _ state: MemoryState) {
        bulks.observe(batch, state)
        for rule in bulks.violations { violate(rule) }
    }

    mutating func acknowledgeRerun(_ run: ULID) { acknowledgedReruns.insert(run) }
    /// How many metadata somebody was told are recorded, by run.
    private var noted: [RunKey: Int] = [:]
    mutating func noted(_ run: RunKey) { noted[run, default: 0] += 1 }
    mutating func delivered(_ signal: Int64, to run: RunKey) { deliveries[signal] = run }
    mutating func allowFailure(of run: ULID) { mayFail.insert(run) }
    mutating func allowCancellation(of run: RunKey) { mayBeCancelled.insert(run) }

    /// A new process awaits nothing that the old one did, and knows of no event that was not committed.
    mutating func forget(exceptOf committed: MemoryState) {
        awaited = [:]
        awaitedGroup = [:]
        // A new process makes no call of a paused function at all.
        states = committed.functionStates.filter { $0.value.state != .active }.mapValues { ($0.state, 0) }
        taken = taken.filter { committed.events[$0.key]?.id == $0.id }
        owedMatches = owedMatches.filter { committed.events[$0.value.key]?.id == $0.value.id }
        // What was reported and not committed will be reported anew, perhaps at an earlier engine time.
        let kept = Set(committed.jobs.values.map { "\($0.core.runKey.value).\($0.detail.stepID)" })
        earliest = earliest.filter { kept.contains($0.key) }
        openWaits = openWaits.filter { kept.contains($0.key) }
        // A run whose first answer was not committed has not begun.
        let going = Set(
            committed.jobs.values.filter { !$0.core.kind.isWatch && $0.core.kind != .start }.map(\.core.runKey))
        begun.formIntersection(going)
        ended = Set(committed.runs.values.filter(\.status.isFinal).map(\.key))
    }

    // MARK: - While it runs

    /// A call left the engine.
    mutating func ordered(_ order: CallOrder, at moment: Moment, committed: MemoryState) {
        checkStack(of: order, committed: committed)
        countAwaited(order)
        countStart(order, at: moment)
        countBegun(order)
        checkPause(order)
        checkInput(order, committed)
    }

    /// A step that an operator has given an input is called with it as long as it has no result.
    private mutating func checkInput(_ order: CallOrder, _ committed: MemoryState) {
        guard let rerun = committed.reruns[order.runKey], let step = rerun.stepID, let input = rerun.input else {
            if order.input != nil { violate("run \(order.runID): an input that nobody has given") }
            return
        }
        let isOpen = !order.steps.contains { $0.id == step }
        if order.input != (isOpen ? StepInput(stepID: step, arguments: input) : nil) {
            violate("run \(order.runID): \(step) is called with another input than it was given")
        }
    }

    /// A paused function is not called, but for what was decided before.
    private mutating func checkPause(_ order: CallOrder) {
        guard let (state, generation) = states[order.function.key], state == .paused else { return }
        if order.generation > generation { violate("run \(order.runID): a call of a paused function") }
    }

    /// A request left the engine: it is for a step that has no result yet, and holds its function's slot.
    mutating func requested(_ order: GatewayOrder, committed: MemoryState) {
        if (committed.steps[order.runKey] ?? []).contains(where: { $0.id == order.stepID }) {
            violate("run \(order.runKey.value): \(order.stepID) was asked for again after its answer was on disk")
        }
        guard let run = committed.runs[order.runKey], let event = committed.events[run.eventKey] else {
            return violate("a request for a run that is not on disk")
        }
        let key = "fetcher.\(event.payload.value(at: ["data", "k"])?.text ?? "")"
        countAwaited(order.generation, key: key, limit: 2)
    }

    /// Two runs of `watched` may be under way at a time, whatever they wait for.
    private mutating func countBegun(_ order: CallOrder) {
        guard order.function.slug == "app-watched", !ended.contains(order.runKey) else { return }
        begun.insert(order.runKey)
        if begun.count > 2 { violate("\(begun.count) runs of \(order.function.slug) are under way, 2 are allowed") }
    }

    /// What is sent with a call is on disk, complete and in order.
    private mutating func checkStack(of order: CallOrder, committed: MemoryState) {
        let rows = committed.steps[order.runKey] ?? []
        guard rows.count >= order.steps.count,
            zip(rows, order.steps).allSatisfy({ $0.id == $1.id && $0.memo == $1.memo })
        else { return violate("run \(order.runID): a call carries steps that are not on disk, or in another order") }
        if committed.runs[order.runKey] == nil { violate("run \(order.runID): a call for a run that is not on disk") }
    }

    /// Time has passed, and the engine wants to write something: no sleep may have ended before its time.
    mutating func observe(
        _ writes: ArraySlice<Write>, at moment: Moment, isAppRemoved: Bool, lastGeneration: Int64
    ) {
        // A date that has come stays come, even when the wall clock is set back afterwards.
        for (key, due) in earliest where due.time <= (due.isOnWallClock ? moment.wall : moment.engine) {
            earliest[key] = nil
        }
        for case .insertEvent(let row) in writes where isAppRemoved { takenWithoutApp.insert(row.id) }
        for write in writes {
            observeWait(write, at: moment)
            observeState(write, lastGeneration)
        }
        for case .insertStep(let row) in writes where row.kind == .sleep {
            if let due = earliest["\(row.runKey.value).\(row.id)"] {
                violate("run \(row.runKey.value): \(row.id) ended before \(due.time.milliseconds)")
            }
        }
    }

    /// While a function is paused or drained, every run that it starts is skipped, and no other is for that reason.
    private mutating func observeState(_ write: Write, _ lastGeneration: Int64) {
        switch write {
        case .putFunctionState(let row):
            states[row.functionKey] = row.state == .active ? nil : (row.state, lastGeneration)
        case .insertRun(let run):
            let reason = run.skipReason.flatMap { $0 == "singleton" ? nil : $0 }
            let expected = states[run.functionKey].map { "function_\($0.state)" }
            if reason != expected, run.skipReason != "singleton" {
                violate("run \(run.id) is skipped with \(reason ?? "nothing"), not \(expected ?? "nothing")")
            }
        default: break
        }
    }

    private mutating func countAwaited(_ order: CallOrder) {
        let limit: Int
        let key: String
        switch order.function.slug {
        case "app-fan": (limit, key) = (2, "fan.\(order.event.value(at: ["data", "k"])?.text ?? "")")
        case "app-old": (limit, key) = (3, "old")
        case "app-plain": (limit, key) = (1, "plain")
        case "app-fetcher": (limit, key) = (2, "fetcher.\(order.event.value(at: ["data", "k"])?.text ?? "")")
        default: return
        }
        countAwaited(order.generation, key: key, limit: limit)
    }

    private mutating func countAwaited(_ generation: Int64, key: String, limit: Int) {
        awaited[key, default: []].insert(generation)
        awaitedGroup[generation] = key
        let count = awaited[key]?.count ?? 0
        if count > limit { violate("\(count) calls of \(key) are awaited, \(limit) are allowed") }
    }

    private mutating func countStart(_ order: CallOrder, at moment: Moment) {
        guard order.function.slug == "app-waiter" else { return }
        let key = order.event.value(at: ["data", "k"])?.text ?? ""
        guard !(starts[key] ?? []).contains(where: { $0.run == order.runID }) else { return }
        starts[key, default: []].append((order.runID, moment.engine))
        // limit 2, burst 1, period 10 s: three at once, then one every 5 s.
        let times = starts[key]?.map(\.at) ?? []
        guard times.count > 3 else { return }
        let span = times[times.count - 1] - times[times.count - 4]
        if span < .seconds(5) { violate("four starts of waiter \(key) within \(span.count) ms") }
    }

    /// A call's answer reached the engine: it is awaited no longer.
    mutating func answered(_ generation: Int64) {
        if let key = awaitedGroup.removeValue(forKey: generation) { awaited[key]?.remove(generation) }
    }

    /// A worker ran a step's body.
    ///
    /// - Parameter isAwaited: The process that made the call still waits for it; after a crash bodies may run beside.
    mutating func executed(_ step: String, of order: CallOrder, isAwaited: Bool, committed: MemoryState) {
        executions["\(order.runID).\(step)", default: 0] += 1
        guard isAwaited else { return }
        if (committed.steps[order.runKey] ?? []).contains(where: { $0.id == step }) {
            violate("run \(order.runID): \(step) ran again after its result was on disk")
        }
    }

    /// Steps that an answer reports as sleeping: noted as the engine takes the answer in.
    mutating func reported(
        _ operations: [StepwellCore.Operation], of order: CallOrder, at moment: Moment, committed: MemoryState
    ) {
        for operation in operations {
            let key = "\(order.runKey.value).\(operation.id)"
            switch operation.kind {
            case .sleep(.after(let span)): earliest[key] = (moment.engine + span, false)
            case .sleep(.at(let date)): earliest[key] = (date, true)
            case .waitForEvent(let plan, .after(let timeout), let since):
                owedMatches[key] = nil
                openWaits[key] = OpenWait(
                    event: plan.eventName, key: order.event.value(at: ["data", "k"])?.text ?? "",
                    deadline: moment.engine + timeout)
                if since == .runStart {
                    lookingBack.insert(key)
                    let value = order.event.value(at: ["data", "k"])?.text ?? ""
                    let queuedAt = committed.runs[order.runKey]?.queuedAt ?? moment.engine
                    owedMatches[key] = taken.first {
                        $0.name == plan.eventName && $0.payload.value(at: ["data", "k"])?.text == value
                            && $0.receivedAt >= queuedAt && $0.key != committed.runs[order.runKey]?.eventKey
                    }
                }
            default: break
            }
        }
    }

    /// An event is owed to every wait that it matches; a result ends a wait.
    private mutating func observeWait(_ write: Write, at moment: Moment) {
        switch write {
        case .insertEvent(let row):
            taken.append(row)
            let key = row.payload.value(at: ["data", "k"])?.text ?? ""
            for (wait, open) in openWaits
            where open.event == row.name && open.key == key && moment.engine < open.deadline && owedMatches[wait] == nil
            {
                owedMatches[wait] = row
            }
        case .insertStep(let row) where row.kind == .waitForEvent:
            openWaits["\(row.runKey.value).\(row.id)"] = nil
        case .finishRun(let run, _, _, _):
            begun.remove(run)
            ended.insert(run)
            for wait in openWaits.keys where wait.hasPrefix("\(run.value).") { openWaits[wait] = nil }
        default: break
        }
    }

    /// Whatever the state, a run that stands still does so for a reason, and a limit that is named is used up.
    mutating func judge(_ explanation: Explanation) {
        if explanation.actions.isEmpty { violate("a run is explained without a next action") }
        for action in explanation.actions {
            if action.causes.isEmpty { violate("job \(action.job.value) stands still without a cause") }
            for cause in action.causes {
                switch cause {
                case .concurrency(_, _, let occupancy), .runLimit(let occupancy), .appLimit(let occupancy):
                    if occupancy.inUse < occupancy.limit || occupancy.oldest == nil {
                        violate("job \(action.job.value) waits for a limit that has room: \(occupancy)")
                    }
                default: break
                }
            }
        }
    }

    // MARK: - At the end

    /// What must be true of the file once nothing is left to do.
    mutating func judge(_ state: MemoryState) {
        checkRunsOfEvents(state)
        for run in state.runs.values { judge(run, state) }
        for rerun in state.reruns.values { judge(rerun, state) }
        bulks.judge(state)
        for rule in bulks.violations { violate(rule) }
        let runs = Set(state.runs.values.map(\.id))
        for run in acknowledgedReruns.subtracting(runs) { violate("rerun \(run) was acknowledged and is lost") }
        checkSignals(state)
        checkNotes(state)
        if !state.jobs.isEmpty { violate("\(state.jobs.count) jobs are left although all runs have ended") }
        if !state.deliveries.isEmpty { violate("\(state.deliveries.count) events are still on their way to waits") }
        if !state.holds.isEmpty { violate("\(state.holds.count) holds are left although all runs have ended") }
        if !state.waits.isEmpty { violate("\(state.waits.count) waits are left although all runs have ended") }
    }

    /// Each acknowledged event is there and has its runs: one for each function, and for each id one.
    private mutating func checkRunsOfEvents(_ state: MemoryState) {
        var keys: [ULID: EventRow] = [:]
        for event in state.events.values {
            if keys.updateValue(event, forKey: event.id) != nil { violate("event \(event.id) is stored twice") }
        }
        var bySender: [String: [Timestamp]] = [:]
        for run in state.runs.values where state.reruns[run.key] == nil {
            for key in [run.eventKey] + (state.runEvents[run.key] ?? []) {
                guard let sender = state.events[key]?.payload.value(at: ["id"])?.string else {
                    violate("run \(run.id) has no event \(key.value)")
                    continue
                }
                bySender["\(sender) \(run.functionKey.value)", default: []].append(run.queuedAt)
            }
        }
        for (key, times) in bySender {
            // An id is known for a day, a tick for ever.
            let isTick = key.hasSuffix("Z \(key.split(separator: " ").last ?? "")")
            for (one, next) in zip(times.sorted(), times.sorted().dropFirst())
            where isTick || next - one < .hours(24) {
                violate("\(times.count) runs for one event id and function: \(key)")
            }
        }
        for (id, name) in acknowledged {
            guard let event = keys[id] else {
                violate("event \(id) (\(name)) was acknowledged and is lost")
                continue
            }
            checkStarts(of: event, bySender: bySender, state)
        }
    }

    /// What was told to be recorded is; what a run deferred and did not take back began with its end, once.
    private mutating func checkNotes(_ state: MemoryState) {
        for (run, count) in noted {
            let found = (state.metadata[run] ?? []).count { $0.kind == "client" }
            if found < count { violate("run \(run.value) has \(found) of \(count) metadata that were acknowledged") }
        }
        var events: [String: Int] = [:]
        for event in state.events.values where event.name == InternalEvent.deferred {
            events[event.payload.value(at: ["id"])?.string ?? "", default: 0] += 1
        }
        for (run, rows) in state.defers {
            guard let run = state.runs[run], run.status.isFinal else { continue }
            for row in rows {
                let sent = events["\(run.id)-\(row.id)"] ?? 0
                if sent != (row.status == .scheduled ? 1 : 0) {
                    violate("run \(run.id): \(row.id) is \(row.status) and was begun \(sent) times")
                }
            }
        }
    }

    /// A signal that somebody was told has arrived is the result of one wait, if its run came to its end.
    private mutating func checkSignals(_ state: MemoryState) {
        var received: [Int64: RunKey] = [:]
        for (run, steps) in state.steps {
            for step in steps where step.kind == .waitForSignal {
                guard let number = step.memo.value(at: ["data", "data"])?.integer else { continue }
                if received.updateValue(run, forKey: number) != nil { violate("signal \(number) ended two waits") }
            }
        }
        for (number, run) in deliveries where state.runs[run]?.status == .completed && received[number] != run {
            violate("signal \(number) was delivered to run \(run.value) and is lost")
        }
    }

    private mutating func checkStarts(of event: EventRow, bySender: [String: [Timestamp]], _ state: MemoryState) {
        guard let sender = event.payload.value(at: ["id"])?.string else { return }
        for script in Script.all
        where script.event == event.name || (script.event == "app/*" && event.name.hasPrefix("app/")) {
            guard let function = state.functions.values.first(where: { $0.slug == script.slug }) else { continue }
            if function.archivedAt != nil || takenWithoutApp.contains(event.id) { continue }
            if state.droppedStarts[event.key]?[function.key].map({ script.mayDrop || $0.reason == .repeatedID })
                ?? false
            {
                continue
            }
            if bySender["\(sender) \(function.key.value)"] == nil {
                violate("event \(event.id) (\(event.name)) has no run of \(script.slug)")
            }
        }
    }

    private mutating func judge(_ run: RunRow, _ state: MemoryState) {
        let steps = state.steps[run.key] ?? []
        if Set(steps.map(\.id)).count != steps.count { violate("run \(run.id) has a step twice") }
        if steps.map(\.position) != Array(0..<steps.count) { violate("run \(run.id) has gaps in its stack") }
        switch run.status {
        case .queued, .running: violate("run \(run.id) has not ended")
        case .failed:
            let isConflict = script(of: run, state)?.name == "approval" && run.output == SignalResult.conflict
            if !isConflict, !mayFail.contains(run.id) { violate("run \(run.id) failed for no reason") }
        case .cancelled:
            if !mayBeCancelled.contains(run.key), script(of: run, state)?.mayCancel != true,
                !bulks.mayHaveCancelled(run, state)
            {
                violate("run \(run.id) was cancelled by nobody")
            }
        case .skipped:
            // Other reasons were looked at when the run was made.
            if run.skipReason == "singleton", script(of: run, state)?.maySkip != true {
                violate("run \(run.id) was skipped for no reason")
            }
        case .completed: judgeOutput(of: run, steps: steps, state)
        }
    }

    /// A rerun is of the same function and event, and begins with the results that the original had before the step.
    private mutating func judge(_ rerun: RerunRow, _ state: MemoryState) {
        guard let run = state.runs[rerun.runKey],
            let original = state.runs.values.first(where: { $0.id == rerun.originalID }),
            run.functionKey == original.functionKey
        else { return violate("run \(rerun.runKey.value) repeats a run of another function") }
        // While its start is held back, a run may be repeated before another event takes the place of its own.
        if run.eventKey != original.eventKey, script(of: run, state)?.declares("debounce") != true {
            violate("run \(run.id) repeats a run of another event")
        }
        guard run.status != .skipped, let step = rerun.stepID else { return }
        let expected = (state.steps[original.key] ?? []).prefix { $0.id != step }
        let found = (state.steps[run.key] ?? []).prefix(expected.count)
        if !found.elementsEqual(expected, by: { $0.id == $1.id && $0.memo == $1.memo }) {
            violate("run \(run.id) does not begin with what run \(original.id) had before \(step)")
        }
    }

    private func script(of run: RunRow, _ state: MemoryState) -> Script? {
        state.functions[run.functionKey].flatMap { Script.bySlug[$0.slug] }
    }

    private mutating func judgeOutput(of run: RunRow, steps: [StepRow], _ state: MemoryState) {
        guard let script = script(of: run, state) else { return }
        let memos = Dictionary(steps.map { ($0.id, $0.memo) }) { first, _ in first }
        for step in steps where step.kind == .waitForEvent {
            // A wait may end because another of its group has its event, which came later or at the same time.
            if step.options?["any"] != nil { continue }
            guard let event = owedMatches["\(run.key.value).\(step.id)"], step.memo != event.payload else { continue }
            if lookingBack.contains("\(run.key.value).\(step.id)") && step.memo != .null { continue }
            violate("run \(run.id): \(step.id) got \(step.memo.text) although event \(event.id) matched it first")
        }
        let group = steps.filter { $0.options?["any"] != nil }
        if group.count(where: { $0.memo != .null }) > 1 {
            violate("run \(run.id): two of the waits of which one ends all have an event")
        }
        for step in group where step.memo == .null {
            guard let event = owedMatches["\(run.key.value).\(step.id)"], group.allSatisfy({ $0.memo == .null }) else {
                continue
            }
            violate("run \(run.id): all waits of a group timed out although event \(event.id) matched \(step.id)")
        }
        if !Script.open(script.stages, memos).isEmpty { violate("run \(run.id) completed with steps left") }
        // Of steps that race, one may end after the call that returned was made.
        if !script.isRacing && run.output != script.output(memos) {
            violate("run \(run.id) returned what its steps did not")
        }
    }
}

extension RunRow {
    /// Why the run was skipped; nil when it was not.
    var skipReason: String? { status == .skipped ? output?["reason"]?.string ?? "unknown" : nil }
}
