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
            name: "functions \(verb)", abstract: abstract,
            discussion: discussion + [
                "Of several functions it is done to all or, when one of them does not exist, to none."
            ],
            operands: [FunctionSelection.operand],
            options: FunctionSelection.declarations + [
                SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
                SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
            ],
            examples: [
                .init(line: "stepwell functions \(verb) orgs-create", meaning: meaning),
                .init(line: "stepwell functions \(verb) --app orgs", meaning: "all of an app"),
            ])
    }

    static func run(
        _ verb: String, _ arguments: Arguments, in context: CommandContext
    ) throws(CommandFailure) -> ExitCode {
        let one = try FunctionSelection.one(arguments, of: "functions \(verb)")
        let client = try APIClient(arguments, in: context)
        let terminal = context.terminal
        let json: RawJSON
        if let one {
            json = try client.post("/api/functions/\(APIClient.encode(one))/\(verb)").json
        } else {
            var writer = JSONWriter()
            writer.beginObject()
            try FunctionSelection.write(arguments, to: &writer)
            writer.endObject()
            json = try client.post("/api/functions/\(verb)", writer.json).json
        }
        if try arguments.value(SharedOptions.json) {
            terminal.line(json.text)
        } else if try arguments.value(FunctionSelection.isDry) {
            terminal.line(try FunctionSelection.count(json, participle(of: verb)))
        } else {
            for function in json["data"]?.elements ?? [json.slice] {
                let function = try FunctionView(function)
                terminal.line("\(Shown.safe(function.slug)) is \(Shown.safe(function.state)).")
            }
        }
        return .success
    }

    private static func participle(of verb: String) -> String {
        switch verb {
        case "pause": "paused"
        case "drain": "drained"
        default: "resumed"
        }
    }
}
