import StepwellEngine
import StepwellModel

/// `stepwell runs why`
enum RunsWhyCommand: Command {
    static let syntax = CommandSyntax(
        name: "runs why", abstract: "Say why a run is not running",
        discussion: [
            "For each thing that the run does next, all that keeps it, as the engine knows it at this moment: a limit that is "
                + "full, and who holds it longest; the throttle; the line; an app that cannot be reached; a time; an "
                + "event. Below them what may cancel the run meanwhile. For a run that has ended: when and how."
        ],
        operands: [.init(name: "RUN", help: "the run's id, as `stepwell runs` lists it")],
        options: [
            SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
        ],
        examples: [
            .init(line: "stepwell runs why 01ARZ3NDEKTSV4RRFFQ69G5FAV", meaning: "what is it waiting for?"),
            .init(
                line: "stepwell runs why 01ARZ3NDEKTSV4RRFFQ69G5FAV --json | jq -r '.actions[].causes[].cause'",
                meaning: "for programs"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let json = try client.get("/api/runs/\(APIClient.encode(arguments.operand(0) ?? ""))/why").json
        let terminal = context.terminal
        if try arguments.value(SharedOptions.json) {
            terminal.line(json.text)
        } else {
            let text = WhyText(why: try WhyView(json.slice), style: terminal.style, now: SystemClock.wall())
            for line in text.lines { terminal.line(line) }
        }
        return .success
    }
}
