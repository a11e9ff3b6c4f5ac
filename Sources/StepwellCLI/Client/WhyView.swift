import StepwellModel

/// Why a run is not running, as the API tells of it.
struct WhyView: Sendable {
    var run: RunView
    var actions: [Action]
    var watches: [Watch]

    struct Action: Sendable {
        var kind: String
        var stepName: String?
        var attempt: Int64
        var attemptsMax: Int64
        var lastError: JSONSlice?
        var causes: [Cause]
    }

    struct Cause: Sendable {
        var name: String
        var since: Timestamp?
        var until: Timestamp?
        var message: String?
        var scope: String?
        var key: String?
        var value: String?
        var period: String?
        var limit: Int64?
        var inUse: Int64?
        var oldest: Holder?
        var events: Int64?
        var ahead: Int64?
        var isMinimum: Bool
        var event: String?
        var match: String?
        var condition: String?
        var signal: String?
        var isReplaced: Bool
    }

    struct Holder: Sendable {
        var runID: String?
        var function: String?
        var since: Timestamp?
    }

    struct Watch: Sendable {
        var kind: String
        var dueAt: Timestamp
        var event: String?
        var match: String?
        var condition: String?
    }
}

// MARK: - Reading

extension WhyView {
    /// - Throws: ``CommandFailure`` when the server is of a version that writes something else.
    init(_ json: JSONSlice) throws(CommandFailure) {
        run = try RunView(json)
        guard let found = json["actions"]?.elements else { throw JSONSlice.unknownShape("actions") }
        actions = []
        for action in found { actions.append(try Action(action)) }
        watches = []
        for watch in json["watches"]?.elements ?? [] { watches.append(try Watch(watch)) }
    }
}

extension WhyView.Action {
    init(_ json: JSONSlice) throws(CommandFailure) {
        kind = try json.text("kind")
        stepName = json["step_name"]?.string
        attempt = try json.integer("attempt")
        attemptsMax = try json.integer("attempts_max")
        lastError = json.present("last_error")
        causes = []
        for cause in json["causes"]?.elements ?? [] { causes.append(try WhyView.Cause(cause)) }
    }
}

extension WhyView.Cause {
    init(_ json: JSONSlice) throws(CommandFailure) {
        name = try json.text("cause")
        since = json.optionalTime("since")
        until = json.optionalTime("until")
        message = json["message"]?.string
        scope = json["scope"]?.string
        key = json["key"]?.string
        value = json["value"]?.string
        period = json["period"]?.string
        limit = json["limit"]?.integer
        inUse = json["in_use"]?.integer
        oldest = json.present("oldest").map(WhyView.Holder.init)
        events = json["events"]?.integer
        ahead = json["ahead"]?.integer
        isMinimum = json["ahead_is_minimum"]?.bool ?? false
        event = json["event"]?.string
        match = json["match"]?.string
        condition = json["if"]?.string
        signal = json["signal"]?.string
        isReplaced = json["is_replaced"]?.bool ?? false
    }
}

extension WhyView.Holder {
    init(_ json: JSONSlice) {
        runID = json["run_id"]?.string
        function = json["function"]?.string
        since = json.optionalTime("since")
    }
}

extension WhyView.Watch {
    init(_ json: JSONSlice) throws(CommandFailure) {
        kind = try json.text("kind")
        dueAt = try json.time("due_at")
        event = json["event"]?.string
        match = json["match"]?.string
        condition = json["if"]?.string
    }
}
