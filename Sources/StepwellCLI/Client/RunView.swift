import StepwellModel

/// A run as the API tells of it, as far as people are shown it.
struct RunView: Sendable {
    var id: String
    var status: String
    var app: String
    var function: String
    var version: Int64
    var eventID: String?
    var eventName: String?
    /// The run that this one repeats.
    var originalID: String?
    /// `event`, `rerun` or `resend`; nil from an older server.
    var origin: String?
    /// The work on many runs or events that has made it.
    var bulkID: String?
    /// The options whose key could not be evaluated.
    var failedKeys: [String] = []
    /// The step from which it does, when it does not repeat the whole.
    var fromStep: String?
    var queuedAt: Timestamp
    var startedAt: Timestamp?
    var endedAt: Timestamp?
    var output: JSONSlice?
    var error: JSONSlice?
    var steps: [Step]
    var failedAttempts: [FailedAttempt]
    var pending: [Pending]
    var defers: [Deferred] = []
    var metadata: [Metadata] = []

    /// What an operator has done to bring it about, in a word or two; nil for a run that came by itself.
    var cause: String? {
        guard let origin, origin != "event" else { return nil }
        return bulkID == nil ? origin : "bulk \(origin)"
    }

    var isEnded: Bool { ["completed", "failed", "cancelled", "skipped"].contains(status) }

    struct Step: Sendable {
        var id: String
        var name: String
        var kind: String
        var status: String
        var startedAt: Timestamp
        var endedAt: Timestamp
        var attempts: Int64
        var output: JSONSlice?
        var error: JSONSlice?
    }

    struct FailedAttempt: Sendable {
        var stepID: String?
        var stepName: String?
        var attempt: Int64
        var startedAt: Timestamp
        var endedAt: Timestamp
        var error: JSONSlice?
        var retryAt: Timestamp?
    }

    struct Pending: Sendable {
        var kind: String
        var stepName: String?
        var since: Timestamp
        var dueAt: Timestamp
        var attempt: Int64
        var event: String?
        var match: String?
        var condition: String?
        var signal: String?
    }

    /// A function that runs once this run has ended.
    struct Deferred: Sendable {
        var function: String
        var status: String
    }

    struct Metadata: Sendable {
        /// Nil for the run as a whole.
        var stepID: String?
        var kind: String
        var values: JSONSlice
    }
}

// MARK: - Reading

extension RunView {
    /// - Throws: ``CommandFailure`` when the server is of a version that writes something else.
    init(_ json: JSONSlice) throws(CommandFailure) {
        id = try json.text("id")
        status = try json.text("status")
        app = try json.text("app")
        function = try json.text("function")
        version = try json.integer("function_version")
        eventID = json["event_id"]?.string
        eventName = json["event_name"]?.string
        originalID = json["original_run_id"]?.string
        origin = json["origin"]?.string
        bulkID = json["bulk_id"]?.string
        fromStep = json.value(at: ["from_step", "step_id"])?.string
        failedKeys = (json["limit_keys"]?.elements ?? []).filter { $0["has_failed"]?.bool == true }
            .compactMap { $0["option"]?.string }
        queuedAt = try json.time("queued_at")
        startedAt = json.optionalTime("started_at")
        endedAt = json.optionalTime("ended_at")
        output = json.present("output")
        error = json.present("error")
        steps = []
        for step in json["steps"]?.elements ?? [] { steps.append(try Step(step)) }
        failedAttempts = []
        for attempt in json["failed_attempts"]?.elements ?? [] { failedAttempts.append(try FailedAttempt(attempt)) }
        for row in json["defers"]?.elements ?? [] {
            defers.append(Deferred(function: try row.text("function"), status: try row.text("status")))
        }
        for row in json["metadata"]?.elements ?? [] {
            metadata.append(
                Metadata(
                    stepID: row["step_id"]?.string, kind: try row.text("kind"),
                    values: row["values"] ?? RawJSON.emptyObject.slice))
        }
        pending = []
        for action in json["pending"]?.elements ?? [] { pending.append(try Pending(action)) }
    }

    /// The runs of a page, in its order.
    static func page(_ json: RawJSON) throws(CommandFailure) -> [RunView] {
        guard let elements = json["data"]?.elements else { throw JSONSlice.unknownShape("data") }
        var runs: [RunView] = []
        for element in elements { runs.append(try RunView(element)) }
        return runs
    }
}

extension RunView.Step {
    init(_ json: JSONSlice) throws(CommandFailure) {
        id = try json.text("id")
        name = try json.text("name")
        kind = try json.text("kind")
        status = try json.text("status")
        startedAt = try json.time("started_at")
        endedAt = try json.time("ended_at")
        attempts = try json.integer("attempts")
        output = json.present("output")
        error = json.present("error")
    }
}

extension RunView.FailedAttempt {
    init(_ json: JSONSlice) throws(CommandFailure) {
        stepID = json["step_id"]?.string
        stepName = json["step_name"]?.string
        attempt = try json.integer("attempt")
        startedAt = try json.time("started_at")
        endedAt = try json.time("ended_at")
        error = json.present("error")
        retryAt = json.optionalTime("retry_at")
    }
}

extension RunView.Pending {
    init(_ json: JSONSlice) throws(CommandFailure) {
        kind = try json.text("kind")
        stepName = json["step_name"]?.string
        since = try json.time("since")
        dueAt = try json.time("due_at")
        attempt = try json.integer("attempt")
        event = json.value(at: ["waits_for", "event"])?.string
        match = json.value(at: ["waits_for", "match"])?.string
        condition = json.value(at: ["waits_for", "if"])?.string
        signal = json.value(at: ["waits_for", "signal"])?.string
    }
}

extension JSONSlice {
    static func unknownShape(_ member: String) -> CommandFailure {
        CommandFailure(
            .failure,
            "SW0527: the server's answer has no usable \"\(member)\". Is it another version? Compare `stepwell version`."
        )
    }

    func text(_ name: String) throws(CommandFailure) -> String {
        guard let text = self[name]?.string else { throw Self.unknownShape(name) }
        return text
    }

    func integer(_ name: String) throws(CommandFailure) -> Int64 {
        guard let integer = self[name]?.integer else { throw Self.unknownShape(name) }
        return integer
    }

    func time(_ name: String) throws(CommandFailure) -> Timestamp {
        guard let time = optionalTime(name) else { throw Self.unknownShape(name) }
        return time
    }

    func optionalTime(_ name: String) -> Timestamp? {
        self[name]?.string.flatMap { (text: String) in DateText.parse(text) }
    }

    /// The member unless it is null.
    func present(_ name: String) -> JSONSlice? { self[name].flatMap { $0.isNull ? nil : $0 } }
}
