import StepwellModel

/// `stepwell runs cancel`
enum RunsCancelCommand: Command {
    static let syntax = CommandSyntax(
        name: "runs cancel", abstract: "End a run",
        discussion: [
            "The run makes no further call; a step that is under way in an app is not interrupted, and its result is not "
                + "recorded."
        ],
        operands: [.init(name: "RUN", help: "the run's id, as `stepwell runs` lists it")],
        options: [
            SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
        ],
        examples: [.init(line: "stepwell runs cancel 01ARZ3NDEKTSV4RRFFQ69G5FAV", meaning: "no further step")])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let id = arguments.operand(0) ?? ""
        let answer = try client.post("/api/runs/\(APIClient.encode(id))/cancel")
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(answer.json.text)
        } else {
            context.terminal.line("\(answer.json["id"]?.string ?? id) is cancelled.")
        }
        return .success
    }
}
