import StepwellEngine
import StepwellModel

/// The options of a command that shows a page of a list, the newest first: when, how many, and where to go on.
struct PageOptions: Sendable {
    let since: Option<TimeArgument?>
    let until: Option<TimeArgument?>
    let limit: Option<Int>
    let cursor: Option<String?>

    /// - Parameters:
    ///   - what: What stands in the list and what its time is: "events received".
    ///   - noun: "events".
    init(_ what: String, noun: String) {
        since = Option<TimeArgument?>(
            "since", .time, help: "Only \(what) at this time or later: 2026-01-31T09:30:00Z, or 2h for two hours ago"
        ).grouped("Which", isSetting: false)
        until = Option<TimeArgument?>("until", .time, help: "Only \(what) before this time")
            .grouped("Which", isSetting: false)
        limit = Option<Int>(
            "limit", .count(1...100), letter: "n", default: 20, help: "How many \(noun) at most; default: 20"
        ).grouped("Which", isSetting: false)
        cursor = Option<String?>("cursor", .text("ID"), help: "Go on where the page before ended")
            .grouped("Which", isSetting: false)
    }

    var declarations: [OptionDeclaration] {
        [since.declaration, until.declaration, limit.declaration, cursor.declaration]
    }

    /// What they ask of the API; without the limit, which not every request has.
    func query(_ arguments: Arguments) throws(CommandFailure) -> [(name: String, value: String)] {
        let now = SystemClock.wall()
        var query: [(name: String, value: String)] = []
        if let since = try arguments.value(since) {
            query.append(("from", DateText.format(since.timestamp(now: now))))
        }
        if let until = try arguments.value(until) {
            query.append(("until", DateText.format(until.timestamp(now: now))))
        }
        if let cursor = try arguments.value(cursor) { query.append(("cursor", cursor)) }
        return query
    }

    /// Says how to see the rest, if there is one.
    static func showRest(of json: RawJSON, on terminal: any Terminal) {
        guard let next = json["next"]?.string else { return }
        terminal.errorLine(terminal.style.dim("More: --cursor \(next)"))
    }
}
