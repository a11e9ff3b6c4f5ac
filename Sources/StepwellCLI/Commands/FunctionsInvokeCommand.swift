import StepwellModel

/// `stepwell functions invoke`
enum FunctionsInvokeCommand: Command {
    private static let data = Option<String?>(
        "data", .text("JSON"), letter: "d",
        help: "The event's data: a JSON object, @FILE, or - for standard input; default: {}"
    ).grouped("Event", isSetting: false)

    static let syntax = CommandSyntax(
        name: "functions invoke", abstract: "Run a function once, whatever its triggers",
        discussion: [
            "The run's id is printed. The function's limits hold for it as for any run: when its rate limit allows none, there is "
                + "no id."
        ],
        operands: [.init(name: "FUNCTION", help: "its slug, <app>-<function>, as `stepwell functions list` shows it")],
        options: [
            data.declaration, SharedOptions.url.declaration, SharedOptions.token.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration,
            SharedOptions.help.declaration,
        ],
        examples: [
            .init(line: #"stepwell functions invoke orgs-create --data '{"name": "Acme"}'"#, meaning: "with data")
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member(optional: "data", try JSONArgument.read(try arguments.value(data), of: "--data", in: context))
        writer.endObject()
        // `--data` is the event's here, as for `send`, so the data file can only be named by the environment.
        let client = try APIClient(arguments, besideData: context.environment["STEPWELL_DATA"], in: context)
        let slug = APIClient.encode(arguments.operand(0) ?? "")
        let answer = try client.post("/api/functions/\(slug)/invoke", writer.json).json
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(answer.text)
            return .success
        }
        guard let run = answer["run_id"]?.string else {
            let event = answer["event_id"]?.string ?? ""
            throw CommandFailure(
                .failure,
                "The function has no run for event \(Shown.safe(event)) yet: its limits hold it back, or drop it.")
        }
        context.terminal.line(Shown.safe(run))
        context.terminal.errorLine(
            context.terminal.style.dim("Follow it: stepwell runs show \(Shown.safe(run)) --follow"))
        return .success
    }
}
