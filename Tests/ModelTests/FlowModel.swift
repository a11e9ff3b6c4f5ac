/// Flow control as PROTOCOL, section 5, describes it, written to be read: lists of all runs, calls and starts, and every
/// question is answered by looking through them. No batches, no lanes, no gates, no clock of its own.
///
/// Where the engine may choose which of several calls goes first, the model is told what it chose, and says whether it
/// was allowed to.
struct FlowModel {
    let appLimit: Int
    /// A rule that the model gets wrong on purpose, to see that the comparison finds it.
    let misreading: Misreading?
    private(set) var now: Int64
    /// As they were declared last, also those that are no longer registered: their runs go on.
    var functions: [Int: DeclaredFunction] = [:]
    var registered: Set<Int> = []
    /// All that are not finished.
    var runs: [Run] = []
    /// All that the server awaits.
    var calls: [Call] = []
    /// All starts that a throttle has let through.
    var throttled: [Passing] = []
    /// All events that a rate limit has let through.
    var accepted: [Passing] = []
    /// Set while the worker refuses connections.
    var refusal: Refusal?
    /// Since they were last looked at.
    var ends: [Int64: End] = [:]
    /// What the engine did that it must not do.
    var complaints: [String] = []

    init(appLimit: Int, now: Int64, misreading: Misreading? = nil) {
        self.appLimit = appLimit
        self.now = now
        self.misreading = misreading
    }

    enum End: String { case completed, failed, cancelled, skipped }

    /// A run that is not finished.
    struct Run {
        let key: Int64
        let function: Int
        var keys: Keys
        /// The events that start it.
        var events: [SentEvent]
        var action: Action
        /// Set while it is held back by a debounce or in a batch.
        var hold: Hold?
        /// Its first call was answered.
        var isRunning = false
        var holdsRunSlot = false
        var startDeadline: Int64?
        /// Until when the worker may still refuse a first call that was made in the nick of time.
        var patience: Int64?
        var finishDeadline: Int64?
        var listener: Listener?
        /// Since a restart nothing has been read of it.
        var isCold = false
    }

    /// What its limits go by: evaluated when it was queued, and when its function has declared others.
    struct Keys {
        var concurrency: [String?]
        var throttle: String?
        var run: String?
        var singleton: String?
        var priority: Int64
    }

    /// What a run does next.
    struct Action {
        enum Kind { case hold, start, laterCall, sleep }
        var kind: Kind
        var due: Int64
        var attempt = 0
        /// It has passed the throttle.
        var isAdmitted = false
        /// The call that is awaited.
        var call: Int64?
    }

    struct Hold {
        var isBatch: Bool
        var key: String?
        /// The time of the event whose time the run goes by: a batch's first, a debounce's last.
        var startTime: Int64
        var eventCount = 1
        /// When a debounce ends at the latest.
        var deadline: Int64?
    }

    struct Listener {
        /// Only an event with this `k` cancels; nil for any.
        var k: String?
        var until: Int64?
    }

    struct Call {
        let generation: Int64
        /// Nil once it has ended.
        var run: Int64?
        var holds: [LimitName]
        let startedAt: Int64
    }

    struct Passing {
        let function: Int
        let key: String?
        let time: Int64
        /// Of the rate as it was declared then.
        let emission: Int64
    }

    struct Refusal {
        var delay: Int64
        var closedUntil: Int64?
        /// The call that finds out whether the worker is back.
        var trial: Int64?
        var provenAt: Int64?
    }

    // MARK: - Time

    /// When something happens by itself.
    var nextDue: Int64? {
        var times: [Int64?] = [refusal?.closedUntil, refusal?.provenAt]
        for run in runs {
            times.append(run.action.call == nil ? run.action.due : nil)
            times += [run.patience ?? run.startDeadline, run.finishDeadline]
            if let limit = throttleLimit(of: run) { times.append(opening(of: limit)) }
        }
        return times.compactMap { $0 }.filter { $0 > now }.min()
    }

    /// It is that time now, and nothing was to happen before.
    ///
    /// - Parameter ended: The runs that the engine has ended, where the order of what is due at one time decides.
    mutating func pass(to time: Int64, ended: [Int64: End] = [:]) {
        now = time
        let before = runs
        if let proven = refusal?.provenAt, refusal?.trial != nil, proven <= now { refusal = nil }
        for run in runs {
            if let deadline = run.finishDeadline, deadline <= now {
                end(run.key, .cancelled)
            } else if let deadline = run.patience ?? run.startDeadline, deadline <= now {
                endStart(of: run)
            } else if run.action.kind == .sleep, run.action.due <= now {
                change(run.key) { [now] in
                    $0.action = Action(kind: .laterCall, due: now)
                    // Now it is being read.
                    $0.isCold = run.isCold
                }
            }
        }
        letGo(ended, before)
    }

    /// A start in the nick of time is none if the worker then refuses the connection, which it does within a second.
    private mutating func endStart(of run: Run) {
        if let call = calls.first(where: { $0.run == run.key }), call.startedAt + 1_000 > now {
            change(run.key) { $0.patience = call.startedAt + 1_000 }
        } else if hasBegun(run) {
            change(run.key) {
                $0.startDeadline = nil
                $0.patience = nil
            }
        } else {
            end(run.key, .cancelled)
        }
    }

    func hasBegun(_ run: Run) -> Bool {
        switch run.action.kind {
        case .hold: false
        case .start: run.action.call != nil || run.action.attempt > 0
        case .laterCall, .sleep: true
        }
    }

    // MARK: - Runs

    func run(_ key: Int64) -> Run? { runs.first { $0.key == key } }

    mutating func change(_ key: Int64, _ change: (inout Run) -> Void) {
        guard let index = runs.firstIndex(where: { $0.key == key }) else { return }
        runs[index].isCold = false
        change(&runs[index])
    }

    mutating func end(_ key: Int64, _ end: End) {
        guard runs.contains(where: { $0.key == key }) else { return }
        runs.removeAll { $0.key == key }
        for index in calls.indices where calls[index].run == key { calls[index].run = nil }
        ends[key] = end
    }

    // MARK: - Changes from outside

    mutating func configure(_ declared: [DeclaredFunction]) {
        let before = functions
        for function in declared { functions[function.number] = function }
        registered = Set(declared.map(\.number))
        // An app that registers is there.
        refusal?.closedUntil = nil
        takeRunSlots()
        renewKeys(before)
    }

    /// Keys that have changed are evaluated again for every run but those that are held back: of runs that are being called
    /// first, then from the oldest on. What is in use of a value are the calls of the runs that have it.
    private mutating func renewKeys(_ before: [Int: DeclaredFunction]) {
        let called = Set(calls.compactMap(\.run))
        for run in runs.sorted(by: {
            (called.contains($0.key) ? 0 : 1, $0.key) < (called.contains($1.key) ? 0 : 1, $1.key)
        })
        where run.hold == nil && misreading != .keysOfQueue {
            guard let old = before[run.function], let function = functions[run.function],
                old.limitKeys != function.limitKeys, let first = run.events.first
            else { continue }
            var keys = keys(of: first, function)
            if runs.contains(where: {
                $0.key != run.key && $0.function == run.function && $0.hold == nil
                    && $0.keys.singleton == keys.singleton
            }) {
                keys.singleton = nil
            }
            change(run.key) { $0.keys = keys }
        }
        for index in calls.indices {
            guard let run = calls[index].run.flatMap({ run($0) }), let function = functions[run.function] else {
                continue
            }
            calls[index].holds = names(of: run, function)
        }
    }

    func names(of run: Run, _ function: DeclaredFunction) -> [LimitName] {
        [.app] + function.concurrency.enumerated().map { name(of: $1, $0, run) }
    }

    /// Nothing that was under way is awaited any more, and all of it is due again.
    mutating func restart() {
        calls = []
        refusal = nil
        for index in runs.indices {
            runs[index].action.call = nil
            runs[index].holdsRunSlot = false
            runs[index].patience = nil
            runs[index].isCold = true
        }
        pass(to: now)
        takeRunSlots()
    }

    /// Whoever has begun holds a slot, whether there is room or not.
    private mutating func takeRunSlots() {
        for index in runs.indices where functions[runs[index].function]?.runLimit != nil && hasBegun(runs[index]) {
            runs[index].holdsRunSlot = true
        }
    }
}

/// A rule that a model may get wrong.
enum Misreading: CaseIterable {
    /// The burst of a throttle has one start more.
    case throttleBurst
    /// A rate limit allows its whole limit at once.
    case rateLimitWindow
    /// A sleeping run keeps its slot.
    case slotWhileAsleep
    /// A singleton without regard to its key.
    case singletonKey
    /// Any event of the right name cancels.
    case cancelKey
    /// Priorities are ignored.
    case priority
    /// A scope's limit is one of the function.
    case scope
    /// Whole runs hold no slot while they sleep.
    case runSlotWhileAsleep
    /// The time to finish begins when the run is queued.
    case finishFromQueue
    /// A debounce lasts as long as its first event says.
    case debounceFromFirst
    /// A batch has one event more.
    case batchSize
    /// Runs keep the keys that they were queued with.
    case keysOfQueue
}
