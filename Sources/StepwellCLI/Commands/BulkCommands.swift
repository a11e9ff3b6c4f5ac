import StepwellModel

/// `stepwell bulk list`
enum BulkListCommand: Command {
    private static let limit = Option<Int>(
        "limit", .count(1...100), letter: "n", default: 20, help: "How many at most; default: 20"
    ).grouped("Which", isSetting: false)

    static let syntax = CommandSyntax(
        name: "bulk list", abstract: "List work on many runs, the newest first",
        options: [
            limit.declaration, SharedOptions.url.declaration, SharedOptions.token.declaration,
            SharedOptions.data.declaration, SharedOptions.configuration.declaration, SharedOptions.json.declaration,
            SharedOptions.help.declaration,
        ],
        examples: [.init(line: "stepwell bulk list", meaning: "what goes on, and what was done")])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let json = try client.get("/api/bulk", [("limit", "\(try arguments.value(limit))")]).json
        let terminal = context.terminal
        if try arguments.value(SharedOptions.json) {
            terminal.line(json.text)
            return .success
        }
        guard let elements = json["data"]?.elements else { throw JSONSlice.unknownShape("data") }
        if elements.isEmpty { terminal.errorLine("No bulk work.") }
        var works: [BulkView] = []
        for element in elements { works.append(try BulkView(element)) }
        for line in BulkView.table(works, style: terminal.style, columns: terminal.columns) { terminal.line(line) }
        return .success
    }
}

/// `stepwell bulk show`
enum BulkShowCommand: Command {
    static let syntax = BulkCommandParts.syntax(
        "show", abstract: "Show how far work on many runs has come", meaning: "is it done?")

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let id = APIClient.encode(arguments.operand(0) ?? "")
        return try BulkCommandParts.show(try client.get("/api/bulk/\(id)").json, arguments, context)
    }
}

/// `stepwell bulk stop`
enum BulkStopCommand: Command {
    static let syntax = BulkCommandParts.syntax(
        "stop", abstract: "Stop work on many runs where it is",
        discussion: ["What it has done stays done; it cannot be taken up again."], meaning: "that was the wrong filter")

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let id = APIClient.encode(arguments.operand(0) ?? "")
        return try BulkCommandParts.show(try client.post("/api/bulk/\(id)/stop").json, arguments, context)
    }
}

private enum BulkCommandParts {
    static func syntax(
        _ verb: String, abstract: String, discussion: [String] = [], meaning: String
    ) -> CommandSyntax {
        CommandSyntax(
            name: "bulk \(verb)", abstract: abstract, discussion: discussion,
            operands: [.init(name: "ID", help: "its id, as `stepwell bulk list` shows it")],
            options: [
                SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
                SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
            ],
            examples: [.init(line: "stepwell bulk \(verb) 01ARZ3NDEKTSV4RRFFQ69G5FAV", meaning: meaning)])
    }

    static func show(
        _ json: RawJSON, _ arguments: Arguments, _ context: CommandContext
    ) throws(CommandFailure) -> ExitCode {
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(json.text)
        } else {
            for line in try BulkView(json.slice).lines(style: context.terminal.style) { context.terminal.line(line) }
        }
        return .success
    }
}
