import StepwellModel

/// The events that the engine sends itself. Their payloads are the protocol's. Source: PROTOCOL, section 1.6.
enum InternalEvent {
    static let finished = "inngest/function.finished"
    static let failed = "inngest/function.failed"
    static let cancelled = "inngest/function.cancelled"
    static let invoked = "inngest/function.invoked"
    static let timer = "inngest/scheduled.timer"
    static let deferred = "inngest/deferred.schedule"
    /// Ours alone: stored so that a signal that ended a wait is not lost before its result is recorded.
    static let signal = "inngest/signal.received"

    /// The event itself, in canonical form as long as its parts are.
    static func payload(
        name: String, id: String, data: RawJSON, user: RawJSON, version: String?, sessions: RawJSON?, at time: Timestamp
    ) -> RawJSON {
        var json = JSONWriter(capacity: data.count + 128)
        json.beginObject()
        json.member("data", data)
        json.member("id", id)
        if let sessions {
            json.key("meta")
            json.beginObject()
            json.member("sessions", sessions)
            json.endObject()
        }
        json.member("name", name)
        json.member("ts", time.milliseconds)
        json.member("user", user)
        json.member(optional: "v", version)
        json.endObject()
        return json.json
    }

    /// What is told of a run's end.
    struct Ending {
        let data: RawJSON
        let sessions: RawJSON?

        /// - Parameter triggers: The payloads of the run's events, at least one.
        init(run: RunRow, slug: String, triggers: [RawJSON]) {
            let trigger = triggers.first ?? .null
            sessions = trigger.value(at: ["meta", "sessions"])?.raw
            var json = JSONWriter(
                capacity: triggers.reduce(trigger.count) { $0 + $1.count } + (run.output?.count ?? 0) + 256)
            json.beginObject()
            json.key("_inngest")
            json.beginObject()
            json.member("status", Self.name(of: run.status))
            json.endObject()
            json.member(optional: "correlation_id", run.correlationID)
            if run.status == .failed { json.member(optional: "error", run.output) }
            json.member("event", trigger)
            json.key("events")
            json.beginArray()
            for trigger in triggers { json.raw(trigger) }
            json.endArray()
            json.member("function_id", slug)
            if run.status == .completed || run.status == .failed { json.member("result", run.output ?? .null) }
            json.member("run_id", run.id.description)
            json.endObject()
            data = json.json
        }

        private static func name(of status: RunStatus) -> String {
            switch status {
            case .completed: "Completed"
            case .failed: "Failed"
            case .cancelled: "Cancelled"
            case .skipped: "Skipped"
            case .queued, .running: "Running"
            }
        }
    }

    /// What is told to a function that another one invokes.
    struct Invocation {
        let correlationID: String
        let data: RawJSON

        init(
            app: UUIDBytes, caller: FunctionPlan, target: String, correlationID: String, stepName: String,
            expires: Timestamp, payload: InvokePayload
        ) {
            self.correlationID = correlationID
            let own = JSONValue.object(
                JSONObject([
                    ("correlation_id", .string(correlationID)),
                    ("debug_run_id", .string("")),
                    ("debug_session_id", .string("")),
                    ("expire", .integer(expires.milliseconds)),
                    ("fn_id", .string(target)),
                    ("name", .string(stepName)),
                    ("source_app_id", .string(app.description)),
                    ("source_fn_id", .string(caller.blueprint.id.description)),
                    ("source_fn_v", .integer(Int64(caller.version))),
                ]))
            var json = JSONWriter(capacity: payload.data.count + 512)
            json.beginObject()
            json.key("_inngest")
            json.value(own)
            payload.data.slice.forEachMember { name, value in
                guard !(name == "_inngest") else { return }
                json.key(name.string)
                json.raw(value)
            }
            json.endObject()
            data = json.json
        }
    }

    /// What is told to a function that a run has deferred.
    static func deferred(_ row: DeferRow, by run: RunRow, of function: FunctionPlan, app: AppRow) -> RawJSON {
        let own = JSONValue.object(
            JSONObject([
                ("fn_slug", .string(row.function)),
                ("parent_app_id", .string(app.id.description)),
                ("parent_fn_id", .string(function.blueprint.id.description)),
                ("parent_fn_slug", .string(function.slug)),
                ("parent_run_id", .string(run.id.description)),
            ]))
        var json = JSONWriter(capacity: (row.input?.count ?? 0) + 512)
        json.beginObject()
        json.key("_inngest")
        json.value(own)
        row.input?.slice.forEachMember { name, value in
            guard !(name == "_inngest") else { return }
            json.key(name.string)
            json.raw(value)
        }
        json.endObject()
        return CanonicalJSON.stored(json.json.slice).json
    }

    /// What is told of a schedule's tick.
    static func scheduled(_ expression: String, at tick: Timestamp, firesAt due: Timestamp) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.member("cron", expression)
        json.member("fireAt", DateText.formatSeconds(due))
        json.member("scheduledAt", DateText.formatSeconds(tick))
        json.endObject()
        return json.json
    }

    /// The answer to an invocation that no run will follow.
    static func refusal(_ message: String, correlationID: String) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.member("correlation_id", correlationID)
        json.member(
            "error", ErrorObject.json(name: "Error", message: message))
        json.endObject()
        return json.json
    }
}

/// What an invocation gives the step that made it.
enum InvokeResult {
    /// The wait for the end of the run that was started under a correlation id.
    static func plan(correlationID: String) -> WaitPlan {
        WaitPlan(
            eventName: InternalEvent.finished, path: ["data", "correlation_id"],
            digest: Digest(equalityValue: .string(correlationID)))
    }

    /// `{"data":…}` or `{"error":…}` from the event that told the end; the timeout's error without one.
    static func memo(for event: EventRow?) -> RawJSON {
        guard let event else { return timeout }
        if let error = event.payload.value(at: ["data", "error"]) { return ErrorObject.memo(of: error.raw) }
        guard let result = event.payload.value(at: ["data", "result"]) else {
            return ErrorObject.memo(
                of: ErrorObject.json(name: "Error", message: "the invoked function was cancelled"))
        }
        var json = JSONWriter(capacity: result.count + 16)
        json.beginObject()
        json.key("data")
        json.raw(result)
        json.endObject()
        return json.json
    }

    static func isError(_ memo: RawJSON) -> Bool { memo.value(at: ["error"]) != nil }

    private static let timeout = RawJSON(
        """
        {"error":{"error":"InngestInvokeTimeoutError: Timed out waiting for invoked function to complete",\
        "message":"Timed out waiting for invoked function to complete","name":"InngestInvokeTimeoutError"}}
        """)
}
