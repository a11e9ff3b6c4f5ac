import StepwellModel

/// `stepwell runs rerun`
enum RunsRerunCommand: Command {
    static let syntax = CommandSyntax(
        name: "runs rerun", abstract: "Run a function again for the same event",
        discussion: [
            "A new run of the function as it is now, whatever became of the first one, which stays as it is. With --from-step "
                + "the results that the first one had before that step are taken over: only that step and what "
                + "comes after it run again. The new run's id is printed."
        ],
        operands: [.init(name: "RUN", help: "the run's id, as `stepwell runs` lists it")],
        options: FromStepOptions.declarations + [
            SharedOptions.url.declaration, SharedOptions.token.declaration,
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
        guard let start = try FromStepOptions.read(arguments, context) else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("from_step")
        writer.beginObject()
        writer.member("step_id", start.step)
        writer.member(optional: "input", start.input)
        writer.endObject()
        writer.endObject()
        return writer.json
    }
}
