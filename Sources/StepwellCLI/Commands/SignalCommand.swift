import StepwellModel

/// `stepwell signal`
enum SignalCommand: Command {
    private static let data = Option<String?>(
        "data", .text("JSON"), letter: "d",
        help: "What the waiting step gets: JSON, @FILE, or - for standard input; default: null"
    ).grouped("Signal", isSetting: false)

    static let syntax = CommandSyntax(
        name: "signal", abstract: "Send a signal to the run that waits for it",
        discussion: [
            "A signal has one waiter at most. When no run waits for it now, nothing is kept, and the exit code is "
                + "\(ExitCode.notFound.rawValue)."
        ],
        operands: [.init(name: "NAME", help: "the signal's name, such as approval/42")],
        options: [
            data.declaration, SharedOptions.url.declaration, SharedOptions.token.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
        ],
        hidden: [SharedOptions.data.declaration],
        examples: [
            .init(line: #"stepwell signal approval/42 --data '{"by": "Ada"}'"#, meaning: "the run goes on with this")
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, dataFlag: .payload, in: context)
        let name = arguments.operand(0) ?? ""
        let data = try JSONArgument.read(try arguments.value(data), of: "--data", in: context) ?? .null
        var writer = JSONWriter(capacity: data.count + 64)
        writer.beginObject()
        writer.member("signal", name)
        writer.member("data", data)
        writer.endObject()
        let answer = try client.post("/api/signals", writer.json)
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(answer.json.text)
            return .success
        }
        guard let run = answer.json["run_id"]?.string else { throw JSONSlice.unknownShape("run_id") }
        context.terminal.line(run)
        context.terminal.errorLine(
            context.terminal.style.dim("Sent \(Shown.safe(name)). How it goes on: stepwell runs show \(run)"))
        return .success
    }
}
