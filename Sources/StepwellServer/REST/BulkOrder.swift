import StepwellCore
import StepwellExpressions
import StepwellHTTP
import StepwellModel
import StepwellStore

/// What a request for work on many runs says, checked against what there is.
struct BulkOrder: Sendable {
    let request: BulkRequest
    /// The filter's, parsed.
    let condition: Expression?

    /// More runs a second than any server ends or starts.
    private static let rateMax: Int64 = 100_000

    /// - Parameter body: `{"action","filter":{"function","app","status","from","until","if"},"rate"}`.
    init(_ body: BodyReader, _ catalog: Catalog, _ reader: any StoreReader) throws(Failure) {
        guard let action = try body.text("action").flatMap({ BulkAction(text: $0) }) else {
            throw body.malformed("action", expected: "cancel or rerun")
        }
        let given = try body.object("filter", allowing: ["function", "app", "status", "from", "until", "if"])
        guard let given, try Self.isBounded(given) else {
            throw BodyReader.refuse(
                "the filter must name a function, an app or a time: to take them all, name a time before the first run, "
                    + "such as {\"from\":\"2000-01-01T00:00:00Z\"}")
        }
        var filter = BulkFilter(
            functions: try Self.functions(given, catalog), statuses: try Self.statuses(given, action),
            queuedFrom: try given.time("from"), queuedUntil: try given.time("until"))
        condition = try given.text("if").map { (text) throws(Failure) in try Self.condition(text) }
        filter.condition = condition?.source
        let keys = try Failure.reading { () throws(StoreError) in
            try reader.runKeys(queuedFrom: filter.queuedFrom, queuedUntil: filter.queuedUntil)
        }
        request = BulkRequest(
            action: action, filter: filter, rate: try body.integer("rate", in: 1...Self.rateMax).map(Int.init),
            after: keys?.after ?? RunKey(.max), through: keys?.through)
    }

    /// A request that says nothing of what it means is a mistake more often than not.
    private static func isBounded(_ filter: BodyReader) throws(Failure) -> Bool {
        if try filter.texts("function") != nil { return true }
        if try filter.text("app") != nil { return true }
        if try filter.time("from") != nil { return true }
        return try filter.time("until") != nil
    }

    /// Archived functions are among them, since their runs go on.
    private static func functions(_ filter: BodyReader, _ catalog: Catalog) throws(Failure) -> Set<FunctionKey>? {
        let named = try filter.texts("function")
        let app = try filter.text("app")
        guard named != nil || app != nil else { return nil }
        var functions = catalog.functions
        if let app {
            guard catalog.apps.contains(where: { $0.name == app }) else {
                throw .missing(.appUnknown, "There is no app \"\(app)\". GET /api/apps lists all.")
            }
            functions.removeAll { catalog.appName(of: $0) != app }
        }
        guard let named else { return Set(functions.map(\.key)) }
        var keys: Set<FunctionKey> = []
        for name in named {
            let key = try catalog.function(named: name).key
            guard functions.contains(where: { $0.key == key }) else {
                throw BodyReader.refuse(
                    "the filter's function \"\(name)\" is not one of its app \"\(app ?? "")\": leave one of the two out"
                )
            }
            keys.insert(key)
        }
        return keys
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

    private static func condition(_ text: String) throws(Failure) -> Expression {
        do throws(ExpressionError) {
            let expression = try Expression(parsing: text)
            try expression.check(variables: ["event"])
            return expression
        } catch {
            throw Failure(400, .expressionInvalid, "filter.if is no expression over event: \(error).")
        }
    }

    /// Whether the filter's condition holds for a run.
    func isWanted(_ candidate: BulkCandidate, now: Timestamp) -> Bool {
        BulkFilter.holds(condition, for: candidate, now: now)
    }
}
