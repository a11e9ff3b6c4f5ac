import StepwellModel

/// `stepwell events resend`
enum EventsResendCommand: Command {
    static let syntax = CommandSyntax(
        name: "events resend", abstract: "Send an event once more",
        discussion: [
            "A new event with the same name and data and an id of its own, so that it starts runs and ends waits as if it had "
                + "never come before. Its id is printed."
        ],
        operands: [.init(name: "EVENT", help: "the event's id, as `stepwell events list` shows it")],
        options: [
            SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
        ],
        examples: [
            .init(line: "stepwell events resend 01ARZ3NDEKTSV4RRFFQ69G5FAV", meaning: "to all functions that it starts")
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let answer = try client.post("/api/events/\(APIClient.encode(arguments.operand(0) ?? ""))/resend").json
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(answer.text)
            return .success
        }
        let id = Shown.safe(try answer.slice.text("event_id"))
        context.terminal.line(id)
        context.terminal.errorLine(context.terminal.style.dim("What came of it: stepwell events show \(id)"))
        return .success
    }
}
