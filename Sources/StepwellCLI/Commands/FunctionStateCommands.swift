import StepwellModel

/// `stepwell functions pause`
enum FunctionsPauseCommand: Command {
    static let syntax = FunctionStateChange.syntax(
        "pause", abstract: "Let a function stand still",
        discussion: [
            "New runs are recorded as skipped, and no call is made for the runs that there are: they keep their places and "
                + "their attempts, and go on when the function is resumed. Calls that are under way end as they would; "
                + "sleeps and waits go on to elapse, and so do timeouts. It holds through restarts and registrations."
        ],
        meaning: "while its database is being moved")

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        try FunctionStateChange.run("pause", arguments, in: context)
    }
}

/// `stepwell functions resume`
enum FunctionsResumeCommand: Command {
    static let syntax = FunctionStateChange.syntax(
        "resume", abstract: "Let a paused or drained function go on",
        discussion: ["What stands in line is called at once, as far as limits allow. Runs that were skipped stay so."],
        meaning: "all is well again")

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        try FunctionStateChange.run("resume", arguments, in: context)
    }
}

/// `stepwell functions drain`
enum FunctionsDrainCommand: Command {
    static let syntax = FunctionStateChange.syntax(
        "drain", abstract: "Let a function end what it has begun, and begin nothing",
        discussion: [
            "New runs are recorded as skipped; the runs that there are go on to their end. It holds through restarts and "
                + "registrations, until the function is resumed."
        ],
        meaning: "before it is taken away")

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        try FunctionStateChange.run("drain", arguments, in: context)
    }
}

/// What the three commands have in common.
private enum FunctionStateChange {
    static func syntax(_ verb: String, abstract: String, discussion: [String], meaning: String) -> CommandSyntax {
        CommandSyntax(
            name: "functions \(verb)", abstract: abstract, discussion: discussion,
            operands: [
                .init(name: "FUNCTION", help: "its slug, <app>-<function>, as `stepwell functions list` shows it")
            ],
            options: [
                SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
                SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
            ],
            examples: [.init(line: "stepwell functions \(verb) orgs-create", meaning: meaning)])
    }

    static func run(
        _ verb: String, _ arguments: Arguments, in context: CommandContext
    ) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let json = try client.post("/api/functions/\(APIClient.encode(arguments.operand(0) ?? ""))/\(verb)").json
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(json.text)
        } else {
            let function = try FunctionView(json.slice)
            context.terminal.line("\(Shown.safe(function.slug)) is \(Shown.safe(function.state)).")
        }
        return .success
    }
}
