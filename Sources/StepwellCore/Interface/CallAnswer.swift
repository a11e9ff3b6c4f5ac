import StepwellModel

/// The end of a dispatched call.
package struct CallAnswer: Sendable {
    /// Which dispatch it belongs to; any other than a live one is refused.
    package var generation: Int64
    package var outcome: CallOutcome

    package init(generation: Int64, outcome: CallOutcome) {
        self.generation = generation
        self.outcome = outcome
    }
}

package enum CallOutcome: Sendable {
    /// The function returned.
    case completed(output: RawJSON)
    /// The function reported steps. `requestVersion` is what the SDK said it speaks; nil when it said nothing.
    case operations([Operation], requestVersion: Int?)
    /// The call failed as a whole: the function threw, or the answer was none.
    case failed(error: RawJSON, retry: Retry)
    /// A request that the server made for a step has its answer; the memo is what the SDK is to see.
    case fetched(memo: RawJSON)
    /// The worker refused the connection: the call never began, so it costs the run no attempt.
    case unreachable(message: String)
}

/// What an answer says about trying again.
package enum Retry: Sendable, Hashable {
    /// As long as attempts remain, after the usual delay.
    case standard
    /// As long as attempts remain, at this time.
    case at(Deadline)
    case never
}

/// One thing that a function reported, as the engine understands it.
package struct Operation: Sendable {
    /// The SDK's hashed step id.
    package var id: String
    /// The name that people gave the step.
    package var name: String
    package var kind: Kind
    /// The `opts` as they came.
    package var options: RawJSON?
    /// Steps that run beside it race: each result is followed by a call at once.
    package var isRacing: Bool
    /// What is told of the step, or of the run.
    package var metadata: [MetadataEntry]

    package init(
        id: String, name: String, kind: Kind, options: RawJSON?, isRacing: Bool = false,
        metadata: [MetadataEntry] = []
    ) {
        self.metadata = metadata
        self.id = id
        self.name = name
        self.kind = kind
        self.options = options
        self.isRacing = isRacing
    }

    package enum Kind: Sendable {
        /// A step ran; the memo is what the SDK is to see from now on.
        case ran(memo: RawJSON)
        /// A step threw and may be tried again.
        case threw(error: RawJSON, retry: Retry)
        /// A step failed for good.
        case failed(error: RawJSON)
        /// A step is to be run by a call of its own.
        case planned
        case sleep(Deadline)
        /// With `since`, an event counts too that came before.
        case waitForEvent(WaitPlan, timeout: Deadline, since: LookBack? = nil)
        /// A signal has one waiter: this one takes the place of another, or its run fails when there is one.
        case waitForSignal(String, timeout: Deadline, replaces: Bool)
        /// The server is to make the request that the options describe.
        case gateway
        /// As ``gateway``, to a provider of inference.
        case aiGateway
        /// Another function is to run; by slug or id.
        case invoke(function: String, payload: InvokePayload, timeout: Deadline)
        /// Another function is to run once this run has ended.
        case deferAdd(function: String, input: RawJSON, note: RawJSON?)
        /// The deferred function with this id is not to run.
        case deferAbort(String)
        /// The function returned.
        case completed(output: RawJSON)
        /// Another call is wanted.
        case discover
        /// Nothing: this branch has no news.
        case none
        /// What was reported cannot be carried out; the run fails with this error object.
        case invalid(error: RawJSON)
    }
}

/// Something to be told of a step or a run.
package struct MetadataEntry: Sendable, Hashable {
    /// Of the run, not of the step that it comes with.
    package var isOfRun: Bool
    package var kind: String
    package var operation: MetadataOperation
    /// An object.
    package var values: RawJSON

    package init(isOfRun: Bool, kind: String, operation: MetadataOperation, values: RawJSON) {
        self.isOfRun = isOfRun
        self.kind = kind
        self.operation = operation
        self.values = values
    }
}

/// The event that an invocation sends, without what the engine adds.
package struct InvokePayload: Sendable, Hashable {
    /// The members of `data`; an object.
    package var data: RawJSON
    package var user: RawJSON
    package var version: String?
    /// The id that the event is to have; nil for one of the engine's.
    package var id: String?

    package init(data: RawJSON, user: RawJSON, version: String?, id: String? = nil) {
        self.data = data
        self.user = user
        self.version = version
        self.id = id
    }
}
