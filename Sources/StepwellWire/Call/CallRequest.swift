import StepwellModel

/// The body of a call: what the server sends to have a function discovered or a step run (PROTOCOL §3.1).
///
/// Its bytes are canonical (RFC 8785), so that signatures hold. The parts must be canonical already: they are copied.
package struct CallRequest: Sendable, Hashable {
    /// A body may have at most 4 MiB.
    package static let bytesMax = 4 << 20
    /// The `step_id` of a call that asks for what comes next.
    package static let discoveryStepID = "step"

    package struct Context: Sendable, Hashable {
        /// The function's UUID.
        package var functionID: String
        package var runID: String
        package var environment: String
        /// `step` for discovery, else the hashed id of the one step to run.
        package var stepID: String
        /// From 0, of this job.
        package var attempt: Int
        /// Retries + 1.
        package var attemptsMax: Int
        /// The memoised steps in the order in which they got their results.
        package var stack: [String]
        /// The position from 1 of the step that caused this call; 0 for none.
        package var stackCurrent: Int
        /// Never empty: an SDK without it reports every step in a call of its own.
        package var queueItemID: String
        package var requestID: String
        package var generation: Int64
        package var jobID: String
        /// New steps are to be planned, not run.
        package var disablesImmediateExecution: Bool
        /// The state was too large for a body: the SDK fetches it.
        package var usesAPI: Bool

        package init(
            functionID: String, runID: String, environment: String = "", stepID: String = CallRequest.discoveryStepID,
            attempt: Int, attemptsMax: Int, stack: [String], stackCurrent: Int, queueItemID: String, requestID: String,
            generation: Int64, jobID: String, disablesImmediateExecution: Bool = false, usesAPI: Bool = false
        ) {
            self.functionID = functionID
            self.runID = runID
            self.environment = environment
            self.stepID = stepID
            self.attempt = attempt
            self.attemptsMax = attemptsMax
            self.stack = stack
            self.stackCurrent = stackCurrent
            self.queueItemID = queueItemID
            self.requestID = requestID
            self.generation = generation
            self.jobID = jobID
            self.disablesImmediateExecution = disablesImmediateExecution
            self.usesAPI = usesAPI
        }
    }

    /// A step's hashed id and its memo.
    package struct Step: Sendable, Hashable {
        package var id: String
        package var memo: RawJSON

        package init(id: String, memo: RawJSON) {
            self.id = id
            self.memo = memo
        }
    }

    package var context: Context
    /// The events that started the run, at least one; `event` is the first.
    package var events: [RawJSON]
    /// In any order; each id once. Only ids of the stack, and steps with an input.
    package var steps: [Step]
    /// Hashed ids of deferred functions that may still be aborted, or not.
    package var deferred: [(id: String, isAbortable: Bool)]
    /// -1 until an SDK has answered with its version, then that version; never 0.
    package var version: Int

    package init(
        context: Context, events: [RawJSON], steps: [Step] = [], deferred: [(id: String, isAbortable: Bool)] = [],
        version: Int = -1
    ) {
        self.context = context
        self.events = events
        self.steps = steps
        self.deferred = deferred
        self.version = version
    }

    package static func == (left: CallRequest, right: CallRequest) -> Bool {
        left.context == right.context && left.events == right.events && left.steps == right.steps
            && left.version == right.version
            && left.deferred.elementsEqual(right.deferred) { $0.id == $1.id && $0.isAbortable == $1.isAbortable }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(context)
        hasher.combine(events)
        hasher.combine(steps)
        hasher.combine(version)
    }
}

// MARK: - Writing

extension CallRequest {
    /// The body in canonical form.
    package var bytes: [UInt8] {
        let memos = steps.reduce(0) { $0 + $1.memo.count + 48 }
        return write(events: events, steps: steps, capacity: memos)
    }

    /// The smaller body for a state that does not fit: no steps, and without `keepingEvents` no list of events either.
    ///
    /// `event` always stays, and both `use_api` are true.
    package func reducedBytes(keepingEvents: Bool) -> [UInt8] {
        var copy = self
        copy.context.usesAPI = true
        return copy.write(events: keepingEvents ? events : [], steps: [], capacity: 0)
    }

    private func write(events sent: [RawJSON], steps: [Step], capacity: Int) -> [UInt8] {
        let payload = sent.reduce(0) { $0 + $1.count } + (events.first?.count ?? 0)
        var writer = JSONWriter(capacity: payload + capacity + context.stack.count * 43 + 640)
        writer.beginObject()
        writer.key("ctx")
        context.write(to: &writer)
        writer.key("defers")
        writeDeferred(to: &writer)
        writer.member("event", events.first ?? .emptyObject)
        writer.key("events")
        writer.beginArray()
        for event in sent { writer.raw(event) }
        writer.endArray()
        writer.key("steps")
        writer.beginObject()
        for step in Self.sorted(steps, by: \.id) {
            writer.key(step.id)
            writer.raw(step.memo)
        }
        writer.endObject()
        writer.member("use_api", context.usesAPI)
        writer.member("version", version)
        writer.endObject()
        return writer.bytes
    }

    private func writeDeferred(to writer: inout JSONWriter) {
        writer.beginObject()
        for entry in Self.sorted(deferred, by: \.id) {
            writer.key(entry.id)
            writer.beginObject()
            writer.member("abortable", entry.isAbortable)
            writer.endObject()
        }
        writer.endObject()
    }

    /// By bytes, which for hexadecimal ids is the canonical order.
    private static func sorted<Element>(_ elements: [Element], by id: (Element) -> String) -> [Element] {
        elements.sorted { id($0).utf8.lexicographicallyPrecedes(id($1).utf8) }
    }
}

extension CallRequest.Context {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("attempt", attempt)
        writer.member("disable_immediate_execution", disablesImmediateExecution)
        writer.member("env", environment)
        writer.member("fn_id", functionID)
        writer.member("generation_id", generation)
        writer.member("job_id", jobID)
        writer.member("max_attempts", attemptsMax)
        writer.member("qi_id", queueItemID)
        writer.member("request_id", requestID)
        writer.member("run_id", runID)
        writer.key("stack")
        writer.beginObject()
        writer.member("current", stackCurrent)
        writer.key("stack")
        writer.beginArray()
        for id in stack { writer.string(id) }
        writer.endArray()
        writer.endObject()
        writer.member("step_id", stepID)
        writer.member("use_api", usesAPI)
        writer.endObject()
    }
}
