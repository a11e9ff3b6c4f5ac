import StepwellEngine
import StepwellModel

/// `stepwell runs show`
enum RunsShowCommand: Command {
    static let syntax = CommandSyntax(
        name: "runs show", abstract: "Show what happened in a run",
        discussion: [
            "A line for each step and each attempt that failed: when it began, counted from when the run was queued, how "
                + "long it took, and how it ended. Below them what the run does next or waits for, and its result.",
            "With --follow, lines are added as they come, until the run has ended; the exit code is 5 when it failed or "
                + "was cancelled.",
        ],
        operands: [.init(name: "RUN", help: "the run's id, as `stepwell runs` lists it")],
        options: [
            SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
            RunsCommand.follow.declaration, SharedOptions.configuration.declaration, SharedOptions.json.declaration,
            SharedOptions.help.declaration,
        ],
        examples: [
            .init(line: "stepwell runs show 01ARZ3NDEKTSV4RRFFQ69G5FAV", meaning: "once"),
            .init(
                line: "stepwell runs show 01ARZ3NDEKTSV4RRFFQ69G5FAV --follow && echo good", meaning: "wait for its end"
            ),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        let path = "/api/runs/\(APIClient.encode(arguments.operand(0) ?? ""))"
        let isJSON = try arguments.value(SharedOptions.json)
        let terminal = context.terminal
        if try arguments.value(RunsCommand.follow) { return try follow(client, path, isJSON: isJSON, terminal) }
        let json = try client.get(path).json
        let run = try RunView(json.slice)
        if isJSON {
            terminal.line(json.text)
        } else {
            let timeline = Timeline(run: run, style: terminal.style)
            for line in timeline.lines(now: SystemClock.wall()) { terminal.line(line) }
        }
        return .success
    }

    private static func follow(
        _ client: APIClient, _ path: String, isJSON: Bool, _ terminal: any Terminal
    ) throws(CommandFailure) -> ExitCode {
        var watch = Watch(client: client, path: path)
        var lines = LiveLines(terminal)
        var shown: Set<String>?
        while true {
            let json = try watch.next { reason in
                if !isJSON { lines.update(adding: [], live: [terminal.style.dim(reason)]) }
            }
            let run = try RunView(json.slice)
            if isJSON {
                terminal.line(json.text)
            } else {
                let timeline = Timeline(run: run, style: terminal.style)
                let news = timeline.entries.filter { shown?.contains($0.key) != true }
                let heading = shown == nil ? timeline.heading : []
                shown = (shown ?? []).union(news.map(\.key))
                lines.update(
                    adding: heading + news.map(timeline.line) + (run.isEnded ? timeline.notes : []) + timeline.ending,
                    live: timeline.pendingLines(now: SystemClock.wall()) + (run.isEnded ? [] : timeline.notes))
            }
            if run.isEnded { return run.status == "completed" ? .success : .runFailed }
        }
    }
}
