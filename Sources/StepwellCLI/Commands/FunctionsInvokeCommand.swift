import StepwellModel

/// `stepwell functions invoke`
enum FunctionsInvokeCommand: Command {
    private static let data = Option<String?>(
        "data", .text("JSON"), letter: "d",
        help: "The event's data: a JSON object, @FILE, or - for standard input; default: {}"
    ).grouped("Event", isSetting: false)

    static let syntax = CommandSyntax(
        name: "functions invoke", abstract: "Run functions once, whatever their triggers",
        discussion: [
            "The run's id is printed. The function's limits hold for it as for any run: when they allow none, there is no id, and "
                + "a run that was skipped has one. Both are said, and are no failure.",
            "Of several functions each gets an event of its own with the same data: all of them or, when one of them cannot be run, "
                + "none. Then a line for each says the function and the run's id.",
        ],
        operands: [FunctionSelection.operand],
        options: FunctionSelection.declarations + [
            data.declaration, SharedOptions.url.declaration, SharedOptions.token.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration,
            SharedOptions.help.declaration,
        ],
        hidden: [SharedOptions.data.declaration],
        examples: [
            .init(line: #"stepwell functions invoke orgs-create --data '{"name": "Acme"}'"#, meaning: "with data"),
            .init(line: "stepwell functions invoke orgs-sync orgs-report", meaning: "several"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let data = try JSONArgument.read(try arguments.value(data), of: "--data", in: context)
        guard let slug = try FunctionSelection.one(arguments, of: "functions invoke") else {
            return try runMany(arguments, data, in: context)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member(optional: "data", data)
        writer.endObject()
        let client = try APIClient(arguments, dataFlag: .payload, in: context)
        let answer = try client.post("/api/functions/\(APIClient.encode(slug))/invoke", writer.json).json
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

    private static func runMany(
        _ arguments: Arguments, _ data: RawJSON?, in context: CommandContext
    ) throws(CommandFailure) -> ExitCode {
        var writer = JSONWriter()
        writer.beginObject()
        try FunctionSelection.write(arguments, to: &writer)
        writer.member(optional: "data", data)
        writer.endObject()
        let client = try APIClient(arguments, dataFlag: .payload, in: context)
        let json = try client.post("/api/functions/invoke", writer.json).json
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(json.text)
        } else if try arguments.value(FunctionSelection.isDry) {
            context.terminal.line(try FunctionSelection.count(json, "invoked"))
        } else {
            for row in json["data"]?.elements ?? [] {
                let run = row["run_id"]?.string ?? "no run: its limits hold it back, or drop it"
                context.terminal.line(Shown.safe("\(try row.text("function"))  \(run)"))
            }
        }
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
