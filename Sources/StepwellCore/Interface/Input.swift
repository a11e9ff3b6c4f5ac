import StepwellExpressions
import StepwellModel

/// Everything that can happen to a partition.
package enum Input: Sendable {
    /// A client sent events, or asked for a function to be invoked.
    case events(EventsRequest)
    /// A dispatched call came to its end, one way or another.
    case answer(CallAnswer)
    /// A load was carried out.
    case loaded(ticket: UInt64, LoadResult)
    /// All batches up to this one are durable.
    case committed(Int64)
    /// Only time has passed.
    case tick
    /// Someone asks whether anything moves: the reply goes all the way round.
    case ping(ReplyToken)
    /// No new call is to be made; what is under way may end.
    case drain
    /// Someone wants a run to end.
    case cancel(RunKey, ReplyToken)
    /// Someone wants to know why a run does not go on. Changes nothing.
    case explain(RunKey, ReplyToken)
    /// Someone sends a signal to the run that waits for it.
    case signal(SentSignal, ReplyToken)
    /// Someone tells something of a run, finished or not.
    case metadata(MetadataRequest, ReplyToken)
    /// An app says what it consists of.
    case register(Registration, ReplyToken)
    /// An app is to be forgotten: its functions are archived.
    case removeApp(url: String, ReplyToken)
    /// An app could not be registered or reached, and why.
    case appFailed(url: String, error: String)
    /// An operator wants a run again, from its beginning or from a step.
    case rerun(RunKey, from: RerunStart?, ReplyToken)
    /// An operator wants something done to many runs or events; with the filter's condition, parsed.
    case beginBulk(BulkRequest, condition: Expression?, ReplyToken)
    /// An operator wants such work to end where it is.
    case stopBulk(ULID, ReplyToken)
    /// A client takes a cancellation back: what it has done stays done, and what it has not is left.
    case withdrawBulk(ULID, ReplyToken)
    /// The input that has this token, and what the audit log is to say of it once it is done.
    indirect case audited(AuditNote, ReplyToken, Input)
    /// An operator pauses, drains or resumes functions, all of them or none.
    case changeState([FunctionKey], FunctionState, ReplyToken)
}

/// From where a run is repeated.
package struct RerunStart: Sendable, Hashable {
    /// The SDK's hashed id. A step that has no result in the original begins where that ended.
    package var stepID: String
    /// What the step is to run with, an array; nil for what the function says.
    package var input: RawJSON?

    package init(stepID: String, input: RawJSON? = nil) {
        self.stepID = stepID
        self.input = input
    }
}

/// Names the caller who waits for a reply; the shell knows what stands behind it.
package struct ReplyToken: Sendable, Hashable {
    package let value: UInt64
    package init(_ value: UInt64) { self.value = value }
}

/// Events of one request, in order: answered together once all are durable.
package struct EventsRequest: Sendable {
    package var token: ReplyToken
    package var events: [IncomingEvent]
    /// The sender gave a seed, so these very ids may have been accepted before.
    package var isSeeded: Bool
    /// The version of the configuration against which `starts` were found.
    package var configurationVersion: Int

    package init(token: ReplyToken, events: [IncomingEvent], isSeeded: Bool, configurationVersion: Int) {
        self.token = token
        self.events = events
        self.isSeeded = isSeeded
        self.configurationVersion = configurationVersion
    }
}

/// Metadata for a step of a run, or for the run as a whole; all of it or none.
package struct MetadataRequest: Sendable, Hashable {
    package var run: RunKey
    /// The SDK's hashed id; nil for the run.
    package var stepID: String?
    package var entries: [MetadataEntry]

    package init(run: RunKey, stepID: String?, entries: [MetadataEntry]) {
        self.run = run
        self.stepID = stepID
        self.entries = entries
    }
}

/// What is told to the one run that waits for it, by name.
package struct SentSignal: Sendable, Hashable {
    package var name: String
    /// In canonical form.
    package var data: RawJSON

    package init(name: String, data: RawJSON) {
        self.name = name
        self.data = data
    }
}

/// An event in canonical form, with all that depends on it and the configuration alone.
package struct IncomingEvent: Sendable {
    package var id: ULID
    package var name: String
    /// Of the id that the sender gave; nil when it gave none, so that the event cannot come twice.
    package var senderDigest: Digest?
    /// The event's own time: runs do not start before it.
    package var timestamp: Timestamp
    package var payload: RawJSON
    /// The runs that it starts.
    package var starts: [Start]
    /// The function that is to run whatever the triggers say: an invocation by URL.
    package var invokedSlug: String?
    /// Set when an operator sends an event once more.
    package var resent: Resent?

    /// Which event it repeats, and for which bulk work.
    package struct Resent: Sendable, Hashable {
        package var originalID: ULID
        /// Nil when it was asked for alone.
        package var bulkID: ULID?

        package init(originalID: ULID, bulkID: ULID? = nil) {
            self.originalID = originalID
            self.bulkID = bulkID
        }
    }

    package init(
        id: ULID, name: String, senderDigest: Digest?, timestamp: Timestamp, payload: RawJSON,
        starts: [Start], invokedSlug: String? = nil, resent: Resent? = nil
    ) {
        self.id = id
        self.name = name
        self.senderDigest = senderDigest
        self.timestamp = timestamp
        self.payload = payload
        self.starts = starts
        self.invokedSlug = invokedSlug
        self.resent = resent
    }
}

/// A run that an event starts.
package struct Start: Sendable, Hashable {
    package var functionKey: FunctionKey
    package var limitKeys: LimitKeys
    /// Of the rate limit's key; 0 without a key, nil when the function or this event has no rate limit.
    package var rateLimitHash: UInt64?
    /// How the run is held back for more events; nil for one that starts at once.
    package var hold: HoldPlan?

    package init(
        functionKey: FunctionKey, limitKeys: LimitKeys, rateLimitHash: UInt64? = nil, hold: HoldPlan? = nil
    ) {
        self.functionKey = functionKey
        self.limitKeys = limitKeys
        self.rateLimitHash = rateLimitHash
        self.hold = hold
    }
}

/// Which events are held back together: those of one function with the same value of the key.
package struct HoldPlan: Sendable, Hashable {
    /// `debounce` or `batch`.
    package var kind: JobKind
    /// Nil for a rule without a key.
    package var key: String?

    package init(kind: JobKind, key: String?) {
        self.kind = kind
        self.key = key
    }
}

/// What an app registered, checked and compiled.
package struct Registration: Sendable {
    package var name: String
    package var id: UUIDBytes
    package var url: String
    package var sdk: String
    package var framework: String?
    package var version: String?
    package var checksum: String
    package var functions: [FunctionBlueprint]

    package init(
        name: String, id: UUIDBytes, url: String, sdk: String, framework: String?, version: String?, checksum: String,
        functions: [FunctionBlueprint]
    ) {
        self.name = name
        self.id = id
        self.url = url
        self.sdk = sdk
        self.framework = framework
        self.version = version
        self.checksum = checksum
        self.functions = functions
    }
}
