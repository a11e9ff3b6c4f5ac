import StepwellModel
import Synchronization

/// One copy of a run in this process: the function's task, parked between calls, and the thread of decisions about it.
///
/// The session is the task's executor. Whoever brings a call or a job takes the queue, runs what is there, and when
/// nothing is left asks the ledger what to do: so a call is served on the caller's own thread, and at any time one thread
/// at most runs the function. Parts of the function that are isolated to actors run on those actors' executors, and
/// come back as jobs.
final class RunSession: TaskExecutor {
    typealias ParkedTask = CheckedContinuation<Directive, Never>

    /// What a parked step is told.
    enum Directive: Sendable {
        /// The recorded result.
        case memo(RecordedResult)
        /// Run your body now; beside the run's own thread if other steps of the run may be running too.
        /// With `input` in place of the function's arguments.
        case execute(isParallel: Bool, input: RawJSON?)
        /// The function cancelled this task.
        case cancelled
        /// This copy of the run is given up.
        case interrupted
    }

    /// A call that waits for an answer, with those that came after it and ask the same.
    struct Request: Sendable {
        let key: RunCall.Key
        let isLastAttempt: Bool
        var replies: [Reply]
        /// Whether a clock runs for it, since its step has not turned up.
        var isWatched = false

        func answer(_ answer: CallReply) {
            for reply in replies { reply.answer(answer) }
        }

        var isAbandoned: Bool { replies.allSatisfy(\.isAbandoned) }
    }

    enum End: Sendable {
        case returned(RawJSON)
        case threw(ErrorReport)
    }

    /// What the function does outside of steps, an earlier copy may have done before.
    enum Replay: Sendable {
        /// All of it is new.
        case none
        /// It is new once all recorded results are handed out.
        case untilRecorded
        /// None of it is new: the call is about one step only.
        case whole
    }

    struct State {
        var ledger: RunLedger<ParkedTask>
        /// Calls for which the function must still go on: one search for steps, or several wanted steps.
        var requests: [Request] = []
        /// Calls whose step is running.
        var running: [StepHash: Request] = [:]
        var end: End?
        /// The run is over or this copy given up: nothing is parked or decided any more.
        var isClosed = false
        /// To be given up once the steps under way are done.
        var isRetiring = false
        /// Steps whose task was cancelled before it parked.
        var cancelled: Set<StepHash> = []
        /// Names of several steps at once that were warned about.
        var warnedNames: Set<String> = []
        /// What rides with replies, in the order in which it came.
        var lazies: [LazyOperation] = []
        var deferIndexNext: [String: Int] = [:]
        /// The deferred functions that the server knows of, and whether they can be taken back.
        var knownDefers: [StepHash: Bool]
        var replay: Replay
        var byteCount: Int
    }

    let runID: String
    let functionName: String
    let attempt: Int
    let environment: RunEnvironment
    let state: Mutex<State>
    let queue = JobQueue()

    init(_ call: RunCall, of functionName: String, in environment: RunEnvironment) {
        runID = call.runID
        self.functionName = functionName
        attempt = call.attempt
        self.environment = environment
        state = Mutex(
            State(
                ledger: RunLedger(attempt: call.attempt), knownDefers: call.defers,
                replay: call.target == nil ? .untilRecorded : .whole,
                byteCount: Self.byteCount(of: call)))
    }

    /// What the cache counts: the request's size stands for what the function has read of it, and a little for the tasks.
    static func byteCount(of call: RunCall) -> Int { 4_096 + call.byteCount }

    // MARK: The function's task

    func start(_ body: @escaping FunctionDefinition.Body, events: [JSONSlice]) {
        // Copies: a slice would keep the whole request alive for as long as the function runs.
        let events = events.map { $0.raw.slice }
        Task.detached(executorPreference: self) { [self] in
            let end: End
            do {
                end = .returned(try await body(events, Step(session: self)))
            } catch {
                end = .threw(ErrorReport(error, in: "function '\(functionName)'"))
            }
            state.withLock { $0.end = end }
            poke()
        }
    }

    // MARK: Jobs

    func enqueue(_ job: consuming ExecutorJob) {
        if queue.add(UnownedJob(job)) { workElsewhere() }
    }

    /// Lets the decisions be looked at again, on another thread.
    func poke() {
        if queue.poke() { workElsewhere() }
    }

    private func workElsewhere() {
        Task.detached { [self] in drain(until: nil) }
    }

    /// Runs what there is to run on this thread, beginning with what `start` brings, until `reply` has its answer or
    /// nothing is left.
    func work(until reply: Reply, start: () -> Void) {
        let isTaken = queue.poke()
        start()
        if isTaken { drain(until: reply) }
    }

    private func drain(until reply: Reply?) {
        while true {
            // The caller waits for nothing but its answer: what is left to run is none of its business.
            if let reply, reply.isAnswered, queue.hasJobs { return workElsewhere() }
            let jobs = queue.jobs()
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            if !jobs.isEmpty || decide() { continue }
            if queue.release() { return }
        }
    }
}
