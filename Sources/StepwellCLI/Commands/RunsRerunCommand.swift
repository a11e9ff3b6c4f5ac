import StepwellModel

/// `stepwell runs rerun`
enum RunsRerunCommand: Command {
    private static let step = Option<String?>(
        "from-step", .text("STEP"),
        help: "Keep the results of the steps before this one; its id, or its name if it is the only step of that name"
    ).grouped("Run", isSetting: false)
    private static let input = Option<String?>(
        "input", .text("JSON"), help: "What that step is to run with: a JSON array, @FILE, or - for standard input"
    ).grouped("Run", isSetting: false)

    static let syntax = CommandSyntax(
        name: "runs rerun", abstract: "Run a function again for the same event",
        discussion: [
            "A new run of the function as it is now, whatever became of the first one, which stays as it is. With --from-step "
                + "the results that the first one had before that step are taken over: only that step and what "
                + "comes after it run again. The new run's id is printed."
        ],
        operands: [.init(name: "RUN", help: "the run's id, as `stepwell runs` lists it")],
        options: [
            step.declaration, input.declaration, SharedOptions.url.declaration, SharedOptions.token.declaration,
            SharedOptions.data.declaration, SharedOptions.configuration.declaration, SharedOptions.json.declaration,
            SharedOptions.help.declaration,
        ],
        examples: [
            .init(line: "stepwell runs rerun 01ARZ3NDEKTSV4RRFFQ69G5FAV", meaning: "all of it"),
            .init(
                line: #"stepwell runs rerun 01ARZ3NDEKTSV4RRFFQ69G5FAV --from-step charge --input '[{"amount": 7}]'"#,
                meaning: "from a step, with other arguments"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let body = try body(arguments, context)
        let client = try APIClient(arguments, in: context)
        let answer = try client.post("/api/runs/\(APIClient.encode(arguments.operand(0) ?? ""))/rerun", body)
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(answer.json.text)
            return .success
        }
        let run = try RunView(answer.json.slice)
        context.terminal.line(run.id)
        if run.status == "skipped" {
            context.terminal.errorLine(
                context.terminal.style.dim("It was skipped. Why: stepwell runs why \(Shown.safe(run.id))"))
        }
        return .success
    }

    private static func body(_ arguments: Arguments, _ context: CommandContext) throws(CommandFailure) -> RawJSON? {
        let input = try JSONArgument.read(try arguments.value(input), of: "--input", in: context)
        guard let step = try arguments.value(step) else {
            guard input == nil else {
                throw .usage("SW0521: --input needs --from-step: the step that is to run with it.")
            }
            return nil
        }
        if let input, input.kind != .array {
            throw .usage(
                "SW0521: --input must be a JSON array, such as [{\"amount\": 7}]: the step's arguments in order.")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("from_step")
        writer.beginObject()
        writer.member("step_id", step)
        writer.member(optional: "input", input)
        writer.endObject()
        writer.endObject()
        return writer.json
    }
}
