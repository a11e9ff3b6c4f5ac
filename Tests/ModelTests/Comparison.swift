import StepwellModel

@testable import StepwellCore

/// Takes a program through the engine and through the model, and compares after every move, and whenever time passes,
/// which runs there are, which are called, and what keeps the others.
struct Comparison {
    /// Where the two parted.
    struct Difference: CustomStringConvertible {
        /// Of the move.
        var place: Int
        var text: String
        var description: String { "at move \(place + 1): \(text)" }
    }

    /// What a program has met.
    struct Tally: Sendable {
        private(set) var counts: [String: Int] = [:]
        /// See ``Turns``.
        var overtakingsMax = 0

        mutating func note(_ label: String) { counts[label, default: 0] += 1 }

        mutating func merge(_ other: Tally) {
            counts.merge(other.counts, uniquingKeysWith: +)
            overtakingsMax = max(overtakingsMax, other.overtakingsMax)
        }

        /// Without any of these a comparison proves little.
        static let required: Set = [
            "called", "dropped", "skipped", "completed", "failed", "cancelled", "behind app", "behind unreachable",
            "behind rule", "behind run", "behind throttle", "held back",
            "turn owed",
        ]
    }

    private let program: Program
    private let subject: Subject
    private var model: FlowModel
    private var functions: [FunctionKey: Int] = [:]
    private var turns = Turns()
    private(set) var tally = Tally()

    init(_ program: Program, misreading: Misreading? = nil) {
        self.program = program
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        subject = Subject(appLimit: program.appLimit, now: start)
        model = FlowModel(appLimit: program.appLimit, now: start.milliseconds, misreading: misreading)
    }

    static func difference(in program: Program, misreading: Misreading? = nil) -> Difference? {
        var comparison = Comparison(program, misreading: misreading)
        return comparison.run()
    }

    /// Nil when engine and model agree to the end.
    mutating func run() -> Difference? {
        for (place, move) in program.moves.enumerated() {
            if let text = make(move) { return Difference(place: place, text: text) }
        }
        return nil
    }

    // MARK: - Moves

    private mutating func make(_ move: Move) -> String? {
        switch move {
        case .configure(let functions):
            subject.configure(functions)
            model.configure(functions)
            turns = Turns()
            noteFunctions()
        case .send(let event):
            subject.send(event)
            return compare { comparison, writes in
                let found = comparison.found(in: writes)
                if comparison.model.receive(event, found) > found.count { comparison.tally.note("dropped") }
            }
        case .answer(let pick, let answer):
            let awaited = subject.orders.keys.sorted()
            guard !awaited.isEmpty, let order = subject.orders[awaited[pick % awaited.count]] else { return nil }
            subject.answer(order, answer)
            model.answer(order.generation, answer, retryDelay: Subject.retryDelay.count)
        case .advance(let span): return advance(to: subject.now + span)
        case .cancel(let pick):
            let keys = model.runs.map(\.key).sorted()
            guard !keys.isEmpty else { return nil }
            subject.cancel(RunKey(keys[pick % keys.count]))
            model.end(keys[pick % keys.count], .cancelled)
        case .restart:
            subject.restart()
            model.restart()
            turns = Turns()
        }
        return compare()
    }

    private mutating func noteFunctions() {
        for function in subject.partition.currentConfiguration.functions.values {
            functions[function.key] = Int(function.slug.dropFirst("app-f".count))
        }
    }

    /// To each time at which something is due for one of the two, and then to the end.
    private mutating func advance(to end: Timestamp) -> String? {
        while true {
            let dues = [subject.nextDue()?.milliseconds, model.nextDue].compactMap { $0 }
            let next = Timestamp(milliseconds: dues.min() ?? .max)
            let time = max(subject.now, min(next, end))
            subject.tick(at: time)
            let text = compare { comparison, writes in
                comparison.model.pass(to: time.milliseconds, ended: Self.ends(in: writes))
            }
            if let text { return text }
            if let due = subject.nextDue(), due <= time { return "what was due at \(due.milliseconds) does not happen" }
            if time == end { return nil }
        }
    }

    // MARK: - Looking

    private mutating func compare(_ receive: (inout Comparison, [Write]) -> Void = { _, _ in }) -> String? {
        let writes = subject.newWrites()
        receive(&self, writes)
        if let text = compareEnds(writes) { return text }
        for order in subject.newCalls() {
            turns.note(order.runKey.value, in: model)
            if let text = compareEvents(of: order) { return text }
            model.call(order.runKey.value, order.generation)
            tally.note("called")
        }
        tally.overtakingsMax = max(tally.overtakingsMax, turns.overtakingsMax)
        if subject.isTurnOwed { tally.note("turn owed") } else { model.complainOfIdleness() }
        if let complaint = model.complaints.first { return complaint }
        if let rule = subject.broken.first { return "the engine breaks a rule of its own: \(rule)" }
        return compareExplanations()
    }

    /// A call brings the events that start its run.
    private func compareEvents(of order: CallOrder) -> String? {
        let told = ([order.event] + order.otherEvents).map { $0.value(at: ["data"])?.text ?? "" }
        guard let run = model.run(order.runKey.value), told != run.events.map(\.data) else { return nil }
        return "run \(run.key) is called with the events \(told), and must be with \(run.events.map(\.data))"
    }

    private mutating func found(in writes: [Write]) -> [FlowModel.FoundRun] {
        writes.compactMap { write in
            guard case .insertRun(let row) = write, let function = functions[row.functionKey] else { return nil }
            if row.status == .skipped { tally.note("skipped") }
            return FlowModel.FoundRun(key: row.key.value, function: function, isSkipped: row.status == .skipped)
        }
    }

    private mutating func compareEnds(_ writes: [Write]) -> String? {
        let ends = Self.ends(in: writes)
        defer { model.ends = [:] }
        for end in ends.values { tally.note(end.rawValue) }
        guard ends != model.ends else { return nil }
        return "these runs ended: \(Self.text(ends)), and these must have: \(Self.text(model.ends))"
    }

    private static func ends(in writes: [Write]) -> [Int64: FlowModel.End] {
        var ends: [Int64: FlowModel.End] = [:]
        for case .finishRun(let key, let status, _, _) in writes {
            ends[key.value] = FlowModel.End(rawValue: "\(status)")
        }
        return ends
    }

    private static func text(_ ends: [Int64: FlowModel.End]) -> String {
        ends.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.description
    }

    /// What an operator is told keeps each run is what keeps it.
    private mutating func compareExplanations() -> String? {
        for run in model.runs where run.hold != nil {
            tally.note("held back")
            let told = subject.explain(RunKey(run.key))?.actions.first?.causes.first
            if told.flatMap({ HeldBack($0) }) != HeldBack(run) {
                return
                    "run \(run.key) is held back \(HeldBack(run)), and an operator is told \(told.map { "\($0)" } ?? "nothing")"
            }
        }
        for run in model.waiting {
            let closed = model.closed(for: run)
            for limit in closed { tally.note("behind \(limit.name)") }
            guard let action = subject.explain(RunKey(run.key))?.actions.first else {
                return "run \(run.key) waits for a call and is not explained"
            }
            let told = Set(action.causes.compactMap { Closed($0) })
            if told != closed && !subject.isTurnOwed {
                return "run \(run.key) waits for \(closed), and an operator is told \(told)"
            }
        }
        return nil
    }
}

/// Until when a run is held back, and how many events have come.
private struct HeldBack: Hashable {
    var until: Int64
    var events: Int

    init(_ run: FlowModel.Run) {
        until = run.action.due
        events = run.hold?.eventCount ?? 0
    }

    init?(_ cause: Explanation.Cause) {
        switch cause {
        case .debounce(let until, let events), .batch(let until, let events):
            (self.until, self.events) = (until.milliseconds, events)
        default: return nil
        }
    }
}

extension Closed {
    fileprivate init?(_ cause: Explanation.Cause) {
        switch cause {
        case .appLimit(let occupancy): self = .app(inUse: occupancy.inUse)
        case .unreachable(_, _, let trialAt): self = .unreachable(trialAt: trialAt?.milliseconds)
        case .concurrency(let place, _, let occupancy):
            self = .rule(place: place, limit: occupancy.limit, inUse: occupancy.inUse)
        case .runLimit(let occupancy): self = .run(limit: occupancy.limit, inUse: occupancy.inUse)
        case .throttle(let until): self = .throttle(until: until.milliseconds)
        default: return nil
        }
    }

    var name: String {
        switch self {
        case .app: "app"
        case .unreachable: "unreachable"
        case .rule: "rule"
        case .run: "run"
        case .throttle: "throttle"
        }
    }
}
