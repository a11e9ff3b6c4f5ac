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
            "The run's id is printed. The function's limits hold for it as for any run: when they allow none, there is no id, and "
                + "a run that was skipped has one. Both are said, and are no failure."
        ],
        operands: [.init(name: "FUNCTION", help: "its slug, <app>-<function>, as `stepwell functions list` shows it")],
        options: [
            data.declaration, SharedOptions.url.declaration, SharedOptions.token.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration,
            SharedOptions.help.declaration,
        ],
        hidden: [SharedOptions.data.declaration],
        examples: [
            .init(line: #"stepwell functions invoke orgs-create --data '{"name": "Acme"}'"#, meaning: "with data")
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member(optional: "data", try JSONArgument.read(try arguments.value(data), of: "--data", in: context))
        writer.endObject()
        let client = try APIClient(arguments, dataFlag: .payload, in: context)
        let slug = APIClient.encode(arguments.operand(0) ?? "")
        let answer = try client.post("/api/functions/\(slug)/invoke", writer.json).json
        let run = answer["run_id"]?.string
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(answer.text)
        } else if let run {
            context.terminal.line(Shown.safe(run))
        }
        let note = if let run { try note(on: run, client) } else { noRun(answer) }
        context.terminal.errorLine(context.terminal.style.dim(note))
        return .success
    }

    private static func noRun(_ answer: RawJSON) -> String {
        let event = Shown.safe(answer["event_id"]?.string ?? "")
        return "The function has no run for event \(event): its limits hold it back, or drop it."
    }

    /// A function that stands still, or whose singleton is taken, has a run, but one that never goes on.
    private static func note(on id: String, _ client: APIClient) throws(CommandFailure) -> String {
        let run = try RunView(try client.get("/api/runs/\(APIClient.encode(id))").json.slice)
        guard run.status == "skipped" else { return "Follow it: stepwell runs show \(Shown.safe(id)) --follow" }
        return "It was \(run.error.map(WhyText.reason) ?? "skipped")."
    }
}
