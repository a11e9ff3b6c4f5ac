import StepwellCore
import StepwellExpressions
import StepwellHTTP
import StepwellModel
import StepwellStore

/// What a request for work on many runs or events says, checked against what there is.
struct BulkOrder: Sendable {
    let request: BulkRequest
    /// The filter's, parsed.
    let condition: Expression?

    /// More runs a second than any server ends or starts.
    private static let rateMax: Int64 = 100_000
    private static let limitMax: Int64 = 1_000_000_000

    /// - Parameter body: `{"action","filter":{"function","app","status","event","from","until","if"},
    ///   "from_step":{"step","input"},"rate","limit"}`.
    init(_ body: BodyReader, _ catalog: Catalog, _ reader: any StoreReader) throws(Failure) {
        guard let action = try body.text("action").flatMap({ BulkAction(text: $0) }) else {
            throw body.malformed("action", expected: "cancel, rerun or resend")
        }
        guard let given = try body.object("filter", allowing: Self.conditions(of: action)), try Self.isBounded(given)
        else { throw Self.unbounded(action) }
        var filter = BulkFilter(queuedFrom: try given.time("from"), queuedUntil: try given.time("until"))
        if action == .resend {
            filter.eventNames = try Self.eventNames(given)
        } else {
            filter.functions = try Self.functions(given, catalog)
            filter.statuses = try Self.statuses(given, action)
        }
        let condition = try given.text("if").map { (text) throws(Failure) in try Self.condition(text, of: "filter.if") }
        var request = BulkRequest(
            action: action, filter: filter, rate: try body.integer("rate", in: 1...Self.rateMax).map(Int.init),
            limit: try body.integer("limit", in: 1...Self.limitMax).map(Int.init))
        request.start = try body.object("from_step", allowing: ["step", "input"]).map { (start) throws(Failure) in
            try Self.start(start, of: action)
        }
        try self.init(request, condition: condition, reader)
    }

    /// Looks for the keys of the filter's time.
    init(_ request: BulkRequest, condition: Expression?, _ reader: any StoreReader) throws(Failure) {
        var request = request
        request.filter.condition = condition?.source
        let (from, until) = (request.filter.queuedFrom, request.filter.queuedUntil)
        let keys = try Failure.reading { () throws(StoreError) in
            request.action == .resend
                ? try reader.eventKeys(receivedFrom: from, receivedUntil: until)
                : try reader.runKeys(queuedFrom: from, queuedUntil: until)
        }
        request.after = keys?.after ?? .max
        request.through = keys?.through
        self.request = request
        self.condition = condition
    }

    private static func conditions(of action: BulkAction) -> [String] {
        action == .resend ? ["event", "from", "until", "if"] : ["function", "app", "status", "from", "until", "if"]
    }

    private static func unbounded(_ action: BulkAction) -> Failure {
        BodyReader.refuse(
            "the filter must name \(action == .resend ? "an event" : "a function, an app") or a time: to take them all, name "
                + "a time before the first \(action == .resend ? "event" : "run"), such as "
                + "{\"from\":\"2000-01-01T00:00:00Z\"}")
    }

    private static func eventNames(_ filter: BodyReader) throws(Failure) -> Set<String>? {
        guard let names = try filter.texts("event") else { return nil }
        if let name = names.first(where: ReceivedEvent.isReserved) {
            throw Failure(
                409, .eventReserved,
                "The events \(name) are the server's own. Run what they belong to again instead: the action is rerun.")
        }
        return Set(names)
    }

    private static func start(_ given: BodyReader, of action: BulkAction) throws(Failure) -> BulkStart {
        guard action == .rerun else {
            throw BodyReader.refuse("from_step goes with the action rerun, not with \(action.text)")
        }
        guard let step = try given.text("step") else {
            throw given.malformed("step", expected: "the name or the id of a step")
        }
        return BulkStart(step: step, input: try given.array("input"))
    }

    /// A request that says nothing of what it means is a mistake more often than not.
    private static func isBounded(_ filter: BodyReader) throws(Failure) -> Bool {
        for name in ["function", "app", "event"] where try filter.texts(name) != nil { return true }
        if try filter.time("from") != nil { return true }
        return try filter.time("until") != nil
    }

    /// Archived functions are among them, since their runs go on.
    private static func functions(_ filter: BodyReader, _ catalog: Catalog) throws(Failure) -> Set<FunctionKey>? {
        let names = try filter.texts("function")
        let app = try filter.text("app")
        guard names != nil || app != nil else { return nil }
        return Set(try FunctionChoice(filter, catalog, includesArchived: true).functions.map(\.key))
    }

    private static func statuses(_ filter: BodyReader, _ action: BulkAction) throws(Failure) -> Set<RunStatus> {
        let unfinished: Set<RunStatus> = [.queued, .running]
        guard let texts = try filter.texts("status") else { return action == .cancel ? unfinished : [.failed] }
        var statuses: Set<RunStatus> = []
        for text in texts {
            guard let status = RunStatus(text: text) else {
                let all = RunStatus.allCases.map(\.text).joined(separator: ", ")
                throw filter.malformed("status", expected: "one or several of \(all), not \"\(text)\"")
            }
            if action == .cancel, status.isFinal {
                throw filter.malformed("status", expected: "queued or running: a run that is \(text) has ended")
            }
            statuses.insert(status)
        }
        return statuses
    }

    /// An expression over a run's event.
    ///
    /// - Parameter name: Of the member, for messages.
    static func condition(_ text: String, of name: String) throws(Failure) -> Expression {
        do throws(ExpressionError) {
            let expression = try Expression(parsing: text)
            try expression.check(variables: ["event"])
            return expression
        } catch {
            throw Failure(400, .expressionInvalid, "\(name) is no expression over event: \(error).")
        }
    }

    /// What a dry run reads: no more than the condition needs.
    var countedSubject: BulkSubject {
        if request.action == .resend { return .events }
        return condition == nil ? .runKeys : .runs
    }

    /// Whether the filter's condition holds for a run's event, or for an event.
    func isWanted(_ event: EventRow?, now: Timestamp) -> Bool { BulkFilter.holds(condition, for: event, now: now) }
}
