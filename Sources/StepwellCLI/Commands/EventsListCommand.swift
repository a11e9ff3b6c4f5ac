import StepwellModel

/// `stepwell events list`
enum EventsListCommand: Command {
    private static let name = Option<String?>("name", .text("NAME"), help: "Only events of this name")
        .grouped("Which", isSetting: false)
    private static let all = Option<Bool>(
        switch: "all", letter: "a", help: "The server's own events (inngest/…) as well"
    )
    .grouped("Which", isSetting: false)
    private static let page = PageOptions("events received", noun: "events")

    static let syntax = CommandSyntax(
        name: "events list", abstract: "List events, the newest first",
        options: [name.declaration, all.declaration] + page.declarations + [
            SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
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
        PageOptions.showRest(of: json, on: terminal)
        return .success
    }

    private static func query(_ arguments: Arguments) throws(CommandFailure) -> [(name: String, value: String)] {
        var query = try page.query(arguments)
        query.append(("limit", "\(try arguments.value(page.limit))"))
        if let name = try arguments.value(name) { query.append(("name", name)) }
        if try !arguments.value(all) { query.append(("internal", "false")) }
        return query
    }
}
