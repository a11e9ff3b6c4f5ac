import StepwellEngine
import StepwellModel

/// `stepwell events list`
enum EventsListCommand: Command {
    private static let name = Option<String?>("name", .text("NAME"), help: "Only events of this name")
        .grouped("Which", isSetting: false)
    private static let all = Option<Bool>(
        switch: "all", letter: "a", help: "The server's own events (inngest/…) as well"
    )
    .grouped("Which", isSetting: false)
    private static let since = Option<TimeArgument?>(
        "since", .time,
        help: "Only events received at this time or later: 2026-01-31T09:30:00Z, or 2h for two hours ago"
    ).grouped("Which", isSetting: false)
    private static let until = Option<TimeArgument?>("until", .time, help: "Only events received before this time")
        .grouped("Which", isSetting: false)
    private static let limit = Option<Int>(
        "limit", .count(1...100), letter: "n", default: 20, help: "How many events at most; default: 20"
    ).grouped("Which", isSetting: false)
    private static let cursor = Option<String?>("cursor", .text("ID"), help: "Go on where the page before ended")
        .grouped("Which", isSetting: false)

    static let syntax = CommandSyntax(
        name: "events list", abstract: "List events, the newest first",
        options: [
            name.declaration, all.declaration, since.declaration, until.declaration, limit.declaration,
            cursor.declaration, SharedOptions.url.declaration, SharedOptions.token.declaration,
            SharedOptions.data.declaration, SharedOptions.configuration.declaration, SharedOptions.json.declaration,
            SharedOptions.help.declaration,
        ],
        examples: [.init(line: "stepwell events list --name app/user.created --since 1h", meaning: "what came in?")])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let json = try client.get("/api/events", try query(arguments)).json
        let terminal = context.terminal
        if try arguments.value(SharedOptions.json) {
            terminal.line(json.text)
            return .success
        }
        guard let events = json["data"]?.elements else { throw JSONSlice.unknownShape("data") }
        if events.isEmpty { terminal.errorLine("No events.") }
        for line in try EventText.table(events, style: terminal.style, columns: terminal.columns) {
            terminal.line(line)
        }
        if let next = json["next"]?.string { terminal.errorLine(terminal.style.dim("More: --cursor \(next)")) }
        return .success
    }

    private static func query(_ arguments: Arguments) throws(CommandFailure) -> [(name: String, value: String)] {
        let now = SystemClock.wall()
        var query: [(name: String, value: String)] = [("limit", "\(try arguments.value(limit))")]
        if let name = try arguments.value(name) { query.append(("name", name)) }
        if try !arguments.value(all) { query.append(("internal", "false")) }
        if let since = try arguments.value(since) {
            query.append(("from", DateText.format(since.timestamp(now: now))))
        }
        if let until = try arguments.value(until) {
            query.append(("until", DateText.format(until.timestamp(now: now))))
        }
        if let cursor = try arguments.value(cursor) { query.append(("cursor", cursor)) }
        return query
    }
}
