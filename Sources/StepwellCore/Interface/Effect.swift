import StepwellModel

/// What the world is to be told once the batch that it belongs to is durable.
package enum Effect: Sendable {
    case reply(ReplyToken, Reply)
    /// Call a worker.
    case dispatch(CallOrder)
    /// Make a request on a step's behalf.
    case request(GatewayOrder)
    /// From now on, events are matched against this.
    case configure(Configuration)
    /// A run began, moved on or ended.
    case changed(RunKey)
}

package enum Reply: Sendable {
    /// The ids of the request's events, in order.
    case accepted([ULID])
    /// The registration is in force.
    case registered(isModified: Bool)
    case removed
    case cancelled
    /// The run that repeats another one, which may be skipped.
    case rerun(ULID)
    /// The work on many runs that has begun.
    case bulkBegun(ULID)
    case bulkStopped
    /// The function is in the state that was asked for.
    case functionStateChanged
    case explained(Explanation)
    /// The metadata are recorded.
    case noted
    /// A signal has ended the wait of this run.
    case signalled(RunKey)
    case pong
    /// Nothing was done, and why.
    case refused(Refusal)
}

package enum Refusal: Error, Sendable, Hashable {
    case unknownFunction(String)
    case unknownApp(String)
    /// The function is no longer in its app's registration, so it begins nothing.
    case archivedFunction(String)
    /// The run has no such step, or several, or the step takes no input.
    case noSuchStep
    /// So many works on many runs go on already.
    case tooManyBulks(Int)
    /// No such work, or it has ended.
    case bulkNotActive
    /// No such run, or it has ended.
    case runNotActive
    /// The metadata of a step or run would be more than they may be.
    case metadataTooLarge
    /// No run waits for the signal.
    case nobodyWaits
    /// The engine stopped before the request was durable. It may be sent again.
    case stopped
}

/// A call to a worker, with all that its request says.
package struct CallOrder: Sendable {
    /// Grows with every dispatch; the answer must name it.
    package var generation: Int64
    package var jobKey: JobKey
    package var runKey: RunKey
    package var runID: ULID
    package var function: FunctionPlan
    /// The step that the call is for; nil for a discovery.
    package var stepID: String?
    /// From 0, of this job.
    package var attempt: Int
    package var requestVersion: Int
    package var forcesStepPlan: Bool
    /// 1-based place in the stack of the step that caused the call; 0 for none.
    package var cause: Int
    package var event: RawJSON
    /// Those of a batch beside the first, in order.
    package var otherEvents: [RawJSON]
    /// In the order in which they got their results.
    package var steps: [StepMemo]
    /// Of a step that has no result yet.
    package var input: StepInput?
    /// Of all memos together.
    package var stateBytes: Int
    /// The functions that the run has deferred.
    package var defers: [Deferred]

    /// A function that runs once the run has ended, unless it is taken back.
    package struct Deferred: Sendable, Hashable {
        package var id: String
        package var isAbortable: Bool

        package init(id: String, isAbortable: Bool) {
            self.id = id
            self.isAbortable = isAbortable
        }
    }

    package init(
        generation: Int64, jobKey: JobKey, runKey: RunKey, runID: ULID, function: FunctionPlan, stepID: String?,
        attempt: Int, requestVersion: Int, forcesStepPlan: Bool, cause: Int, event: RawJSON,
        otherEvents: [RawJSON] = [], steps: [StepMemo], input: StepInput? = nil, stateBytes: Int,
        defers: [Deferred] = []
    ) {
        self.generation = generation
        self.jobKey = jobKey
        self.runKey = runKey
        self.runID = runID
        self.function = function
        self.stepID = stepID
        self.attempt = attempt
        self.requestVersion = requestVersion
        self.forcesStepPlan = forcesStepPlan
        self.cause = cause
        self.event = event
        self.otherEvents = otherEvents
        self.steps = steps
        self.input = input
        self.stateBytes = stateBytes
        self.defers = defers
    }
}

/// A request that the server makes on a step's behalf.
package struct GatewayOrder: Sendable {
    /// Grows with every dispatch; the answer must name it.
    package var generation: Int64
    package var runKey: RunKey
    package var stepID: String
    /// It goes to a provider of inference.
    package var isInference: Bool
    /// From 0.
    package var attempt: Int
    /// The operation's `opts` as the SDK sent them: they hold secrets, and are not to be shown to anyone.
    package var options: RawJSON

    package init(
        generation: Int64, runKey: RunKey, stepID: String, isInference: Bool, attempt: Int, options: RawJSON
    ) {
        self.generation = generation
        self.runKey = runKey
        self.stepID = stepID
        self.isInference = isInference
        self.attempt = attempt
        self.options = options
    }
}

/// A step's result as the SDK sees it.
package struct StepMemo: Sendable, Hashable {
    package var id: String
    package var memo: RawJSON

    package init(id: String, memo: RawJSON) {
        self.id = id
        self.memo = memo
    }
}

/// What a step is to run with, instead of what the function says.
package struct StepInput: Sendable, Hashable {
    package var stepID: String
    /// An array.
    package var arguments: RawJSON

    package init(stepID: String, arguments: RawJSON) {
        self.stepID = stepID
        self.arguments = arguments
    }
}
