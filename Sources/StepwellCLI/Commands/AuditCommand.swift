import StepwellModel

/// `stepwell audit`
enum AuditCommand: Command {
    private static let verb = Option<String?>("verb", .text("VERB"), help: "Only this verb, such as run.cancel")
        .grouped("Which", isSetting: false)
    private static let page = PageOptions("what was done", noun: "entries")

    static let syntax = CommandSyntax(
        name: "audit", abstract: "Show who has done what, the newest first",
        discussion: [
            "What operators, and clients with the signing key, have done to runs, events, functions and apps. Nothing can be taken "
                + "out of this log; what was refused is not in it."
        ],
        options: [verb.declaration] + page.declarations + [
            SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
        ],
        examples: [
            .init(line: "stepwell audit --since 1h", meaning: "who was that?"),
            .init(line: "stepwell audit --verb run.cancel", meaning: "who ends runs?"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let json = try client.get("/api/audit", try query(arguments)).json
        let terminal = context.terminal
        if try arguments.value(SharedOptions.json) {
            terminal.line(json.text)
            return .success
        }
        guard let rows = json["data"]?.elements else { throw JSONSlice.unknownShape("data") }
        if rows.isEmpty { terminal.errorLine("Nothing is recorded.") }
        for line in try table(rows, style: terminal.style, columns: terminal.columns) { terminal.line(line) }
        PageOptions.showRest(of: json, on: terminal)
        return .success
    }

    private static func query(_ arguments: Arguments) throws(CommandFailure) -> [(name: String, value: String)] {
        var query = try page.query(arguments)
        query.append(("limit", "\(try arguments.value(page.limit))"))
        if let verb = try arguments.value(verb) { query.append(("verb", verb)) }
        return query
    }

    private static func table(
        _ rows: [JSONSlice], style: Style, columns: Int?
    ) throws(CommandFailure) -> [String] {
        guard !rows.isEmpty else { return [] }
        var table = Table(header: ["TIME", "BY", "FROM", "VERB", "TARGET", "MADE", "DETAIL"], flexible: [6, 4])
        for row in rows {
            let made = (row["result_ids"]?.elements ?? []).compactMap(\.string)
            table.rows.append([
                .init(RunText.date(try row.time("recorded_at"))), .init(try row.text("actor")),
                .init(row["address"]?.string ?? "-"), .init(try row.text("verb")), .init(try row.text("target")),
                .init(made.count > 1 ? "\(made.count) ids" : made.first ?? "-"),
                .init(row.present("detail").map { Shown.cut($0.text, to: 200) } ?? "", .dim),
            ])
        }
        return table.lines(style: style, columns: columns)
    }
}
