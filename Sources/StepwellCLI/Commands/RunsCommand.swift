import StepwellCore
import StepwellModel
import StepwellServer

/// `stepwell runs`
enum RunsCommand: Command {
    private static let statuses = Option<[RunStatus]>(
        list: "status", .runStatus, letter: "s",
        help: "Only runs that are queued, running, completed, failed or cancelled"
    ).grouped("Which", isSetting: false)
    private static let functions = Option<[String]>(
        list: "function", .text("SLUG"), help: "Only runs of this function, named <app>-<function>"
    ).grouped("Which", isSetting: false)
    private static let app = Option<String?>("app", .text("APP"), help: "Only runs of this app's functions")
        .grouped("Which", isSetting: false)
    private static let event = Option<String?>("event", .text("ID"), help: "Only runs that this event started")
        .grouped("Which", isSetting: false)
    private static let page = PageOptions("runs queued", noun: "runs")
    static let follow = Option<Bool>(switch: "follow", letter: "f", help: "Go on showing what changes")
        .grouped("General", isSetting: false)

    static let syntax = listing(as: "runs", abstract: "List runs, the newest first")

    static func listing(as name: String, abstract: String) -> CommandSyntax {
        CommandSyntax(
            name: name, abstract: abstract,
            discussion: [
                "With --follow, a line is added whenever a run begins, moves on or ends, the newest last; it looks at the "
                    + "newest 100 runs, and goes on when the server is started again."
            ],
            options: [statuses.declaration, functions.declaration, app.declaration, event.declaration]
                + page.declarations + [
                    SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
                    follow.declaration, SharedOptions.configuration.declaration, SharedOptions.json.declaration,
                    SharedOptions.help.declaration,
                ],
            examples: [
                .init(line: "stepwell \(name) --status failed --since 1d", meaning: "what failed since yesterday"),
                .init(line: "stepwell \(name) --follow", meaning: "watch"),
                .init(line: "stepwell \(name) --json | jq -r '.data[].id'", meaning: "for programs"),
            ])
    }

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        var query = try query(arguments)
        let limit = try arguments.value(page.limit)
        let isJSON = try arguments.value(SharedOptions.json)
        if try arguments.value(follow) {
            query.append(("limit", "100"))
            var follower = RunListFollower(client: client, query: query, terminal: context.terminal, isJSON: isJSON)
            try follower.follow(showing: limit)
        }
        query.append(("limit", "\(limit)"))
        let answer = try client.get("/api/runs", query)
        show(answer.json, isJSON: isJSON, runs: try RunView.page(answer.json), context.terminal)
        return .success
    }

    private static func query(_ arguments: Arguments) throws(CommandFailure) -> [(name: String, value: String)] {
        var query = try page.query(arguments)
        let statuses = try arguments.value(statuses)
        if !statuses.isEmpty { query.append(("status", statuses.map(\.text).joined(separator: ","))) }
        let functions = try arguments.value(functions)
        if !functions.isEmpty { query.append(("function", functions.joined(separator: ","))) }
        if let app = try arguments.value(app) { query.append(("app", app)) }
        if let event = try arguments.value(event) { query.append(("event", event)) }
        return query
    }

    private static func show(_ json: RawJSON, isJSON: Bool, runs: [RunView], _ terminal: any Terminal) {
        if isJSON { return terminal.line(json.text) }
        guard !runs.isEmpty else { return terminal.errorLine("No runs.") }
        for line in RunText.table(runs, style: terminal.style, columns: terminal.columns) { terminal.line(line) }
        PageOptions.showRest(of: json, on: terminal)
    }
}
