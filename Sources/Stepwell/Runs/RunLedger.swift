import StepwellModel

/// What one copy of a run knows: the steps it met, which of them wait, and what the server has recorded.
///
/// A value without threads or clocks: the session reports what happened and asks what to do next. `Parked` stands for a
/// waiting task. Every step waits when it is met; only when nothing else can go on is one of them told how it ended, and
/// recorded results are handed out in the order in which they were recorded. So a replay meets the steps in the same
/// order as the first run did, which is what the numbering of repeated names rests on.
struct RunLedger<Parked: Sendable>: Sendable {
    /// A step that was met. Can go from parked to running or consumed or left, and from running to parked.
    enum Phase: Sendable {
        case parked(Parked)
        case running
        /// It got its result and the function went on.
        case consumed
        /// Its task was cancelled by the function itself.
        case left
    }

    struct Entry: Sendable {
        let step: StepIdentity
        let operation: StepOperation
        let isRace: Bool
        var phase: Phase
        /// What was reported when it ran here; given again when the same question comes again.
        var report: StepReport?
    }

    /// What to do when nothing else can go on.
    enum Decision: Sendable {
        case wait
        case deliver(Parked, RecordedResult)
        /// With `input`, an operator's arguments in place of the function's.
        case execute(Parked, StepHash, input: RawJSON?)
        case report([StepReport])
        case refuse(StepwellError)
        /// The wanted step is not there, other steps are: it may still come, from something that is no step.
        case awaitTarget
    }

    let attempt: Int
    private(set) var entries: [StepHash: Entry] = [:]
    /// The parked steps in the order in which they came.
    private(set) var parked: [StepHash] = []
    /// The steps whose results were handed out, in that order.
    private(set) var consumed: [StepHash] = []
    /// Where to begin with the numbers of a name, and the hashes that are taken.
    private var indexNext: [String: Int] = [:]
    private var met: Set<StepHash> = []

    /// What the calls in hand know; nil between calls.
    private var stack: [StepHash] = []
    private var positions: [StepHash: Int] = [:]
    private var memos: [StepHash: RecordedResult] = [:]
    private var plansOnly = false

    init(attempt: Int) { self.attempt = attempt }

    // MARK: Steps

    /// Numbers a step by its name; tells whether another one of that name is waiting, whose result could be swapped.
    ///
    /// A number is passed over if the hash that it gives is taken: the second `x` may come after a step named `x:1`.
    mutating func meet(_ name: String) -> (step: StepIdentity, sharesName: Bool) {
        var step = StepIdentity(name: name, index: indexNext[name, default: 0])
        while !met.insert(step.hash).inserted { step = StepIdentity(name: name, index: step.index + 1) }
        indexNext[name] = step.index + 1
        let sharesName = step.index > 0 && parked.contains { entries[$0]?.step.name == name }
        return (step, sharesName)
    }

    mutating func park(
        _ step: StepIdentity, _ operation: StepOperation, isRace: Bool, reported report: StepReport? = nil,
        as task: Parked
    ) {
        entries[step.hash] = Entry(
            step: step, operation: operation, isRace: isRace, phase: .parked(task), report: report)
        parked.append(step.hash)
    }

    /// Takes a step off whose task was cancelled; nil if it is not parked.
    mutating func leave(_ hash: StepHash) -> Parked? { unpark(hash, as: .left) }

    /// Takes every parked task, to be interrupted.
    mutating func leaveAll() -> [Parked] { parked.compactMap { leave($0) } }

    private mutating func unpark(_ hash: StepHash, as phase: Phase) -> Parked? {
        guard case .parked(let task)? = entries[hash]?.phase else { return nil }
        entries[hash]?.phase = phase
        parked.removeAll { $0 == hash }
        return task
    }

    // MARK: Calls

    /// Whether this copy has met what the call says was recorded, and nothing else: steps that the function left aside,
    /// what was handed out here is the beginning of what is recorded there.
    func precedes(_ call: RunCall) -> Bool {
        guard call.attempt == attempt, consumed.count <= call.stack.count else { return false }
        var next = consumed.startIndex
        for hash in call.stack where next < consumed.endIndex {
            if consumed[next] == hash {
                next += 1
            } else if !isLeft(hash) {
                return false
            }
        }
        return next == consumed.endIndex
    }

    private func isLeft(_ hash: StepHash) -> Bool {
        if case .left? = entries[hash]?.phase { return true }
        return false
    }

    mutating func begin(_ call: RunCall) {
        stack = call.stack
        memos = call.memos
        plansOnly = call.plansOnly
        positions = [:]
        guard stack.count > consumed.count else { return }
        for (index, hash) in stack.enumerated() { positions[hash] = index }
    }

    /// Lets go of what the last call brought.
    mutating func rest() {
        stack = []
        memos = [:]
        positions = [:]
    }

    /// Whether results are recorded that this copy has not been given yet.
    var isReplaying: Bool { stack.last.map { isWaiting($0) } ?? false }

    private func isWaiting(_ hash: StepHash) -> Bool {
        switch entries[hash]?.phase {
        case nil, .parked?: true
        case .running?, .consumed?, .left?: false
        }
    }
}

// MARK: - Deciding

extension RunLedger {
    /// What to do for a search for steps, now that nothing else can go on.
    mutating func decide() -> Decision {
        if let decision = deliver() { return decision }
        let found = parked.compactMap { entries[$0] }
        guard let only = found.first else { return .wait }
        if found.count == 1, only.operation.isRun, !plansOnly {
            if let report = only.report { return .report([report]) }
            return execute(only)
        }
        do throws(StepwellError) {
            var reports: [StepReport] = []
            for entry in found { reports.append(try report(entry)) }
            return .report(reports)
        } catch {
            return .refuse(error)
        }
    }

    /// What to do for a call that wants `target` run.
    mutating func decide(target: StepHash) -> Decision {
        if let entry = entries[target] {
            guard case .parked = entry.phase else {
                return .refuse(notReached(target, "it is behind the function already"))
            }
            guard entry.operation.isRun else { return .refuse(kindChanged(entry, expected: "run")) }
            if let report = entry.report { return .report([report]) }
            return execute(entry)
        }
        if let decision = deliver() { return decision }
        return parked.isEmpty ? .wait : .awaitTarget
    }

    /// Hands out the recorded result that was recorded first, if a step waits for one.
    private mutating func deliver() -> Decision? {
        guard !positions.isEmpty else { return nil }
        let known = parked.filter { memos[$0].map { !$0.isInput } ?? false }
        guard let hash = known.min(by: { positions[$0, default: .max] < positions[$1, default: .max] }),
            let memo = memos[hash], let entry = entries[hash]
        else { return nil }
        guard memo.fits(entry.operation) else { return .refuse(kindChanged(entry, expected: "something else")) }
        guard let task = unpark(hash, as: .consumed) else { return nil }
        entries[hash]?.report = nil
        consumed.append(hash)
        return .deliver(task, memo)
    }

    private mutating func execute(_ entry: Entry) -> Decision {
        let input = input(of: entry.step)
        do throws(StepwellError) {
            if let input { _ = try entry.operation.edited(with: input, in: entry.step) }
        } catch {
            return .refuse(error)
        }
        guard let task = unpark(entry.step.hash, as: .running) else { return .wait }
        return .execute(task, entry.step.hash, input: input?.raw)
    }

    private func report(_ entry: Entry) throws(StepwellError) -> StepReport {
        var operation = entry.operation
        if let input = input(of: entry.step) { operation = try operation.edited(with: input, in: entry.step) }
        return StepReport(step: entry.step, operation: operation, kind: .found, isRace: entry.isRace)
    }

    /// The arguments that an operator wants the step to have.
    private func input(of step: StepIdentity) -> JSONSlice? {
        guard let memo = memos[step.hash], memo.isInput else { return nil }
        return memo.json["input"]
    }

    private func kindChanged(_ entry: Entry, expected: String) -> StepwellError {
        StepwellError(
            .stepKindChanged,
            "step '\(entry.step.name)' is a \(entry.operation.kind) step in this version of the function, but the run "
                + "recorded or asked for \(expected) under that name. Give the changed step another name.")
    }

    /// The error of a call whose step is not there.
    func notReached(_ target: StepHash, _ reason: String) -> StepwellError {
        let waiting = parked.compactMap { entries[$0]?.step.name }.map { "'\($0)'" }.joined(separator: ", ")
        return StepwellError(
            .stepNotReached,
            "the server asked for step \(target.hex), but \(reason); waiting are: \(waiting.isEmpty ? "none" : waiting). "
                + "The function's code may have changed while the run was under way: keep the names and the order of its "
                + "steps, or let old runs finish with the old code.")
    }
}
