import StepwellModel

/// `stepwell events show`
enum EventsShowCommand: Command {
    static let syntax = CommandSyntax(
        name: "events show", abstract: "Show an event and the runs that it has started",
        discussion: [
            "Functions that the event concerns and has started no run of are listed with the reason: a rate limit, a debounce, "
                + "an id that came before."
        ],
        operands: [.init(name: "EVENT", help: "the event's id, as `stepwell events list` shows it")],
        options: [
            SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
        ],
        examples: [.init(line: "stepwell events show 01ARZ3NDEKTSV4RRFFQ69G5FAV", meaning: "what is in it?")])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let path = "/api/events/\(APIClient.encode(arguments.operand(0) ?? ""))"
        let event = try client.get(path).json
        let terminal = context.terminal
        if try arguments.value(SharedOptions.json) {
            terminal.line(event.text)
            return .success
        }
        let runs = try RunView.page(try client.get("\(path)/runs", [("limit", "100")]).json)
        for line in try EventText.lines(event.slice, style: terminal.style) { terminal.line(line) }
        for line in try EventText.dropped(event.slice, style: terminal.style) { terminal.line(line) }
        guard !runs.isEmpty else {
            terminal.errorLine("It has started no runs.")
            return .success
        }
        for line in RunText.table(runs, style: terminal.style, columns: terminal.columns) { terminal.line(line) }
        return .success
    }
}
