import StepwellModel

/// `stepwell send`
enum SendCommand: Command {
    private static let data = Option<String?>(
        "data", .text("JSON"), letter: "d", help: "The event's data: JSON, @FILE, or - for standard input; default: {}"
    ).grouped("Event", isSetting: false)
    private static let id = Option<String?>(
        "id", .text("ID"), help: "An id of your own: the same id starts a function once in 24 hours"
    ).grouped("Event", isSetting: false)
    private static let eventKeys = Option<[String]>(
        list: "event-key", .eventKey, help: "The event key; of several the first is used; `dev` needs none"
    ).grouped("Server")

    static let syntax = CommandSyntax(
        name: "send", abstract: "Send an event",
        operands: [.init(name: "NAME", help: "the event's name, such as app/user.created")],
        options: [
            data.declaration, id.declaration, SharedOptions.url.declaration, eventKeys.declaration,
            SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
        ],
        examples: [
            .init(
                line: #"stepwell send app/user.created --data '{"id": 7}'"#, meaning: "data on the command line"),
            .init(line: "stepwell send app/import --data @import.json", meaning: "data from a file"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(url: try APIClient.url(arguments), token: nil)
        let name = arguments.operand(0) ?? ""
        let event = try event(name, arguments, context)
        let key = try arguments.value(eventKeys).first ?? "NO_EVENT_KEY_SET"
        let answer = try client.post("/e/\(key)", event)
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(answer.json.text)
            return .success
        }
        guard let id = answer.json["ids"]?.elements?.first?.string else { throw JSONSlice.unknownShape("ids") }
        context.terminal.line(id)
        context.terminal.errorLine(
            context.terminal.style.dim("Sent \(Shown.safe(name)). What came of it: stepwell runs --event \(id)"))
        return .success
    }

    private static func event(
        _ name: String, _ arguments: Arguments, _ context: CommandContext
    ) throws(CommandFailure) -> RawJSON {
        let data = try JSONArgument.read(try arguments.value(data), of: "--data", in: context) ?? .emptyObject
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", name)
        writer.member("data", data)
        writer.member(optional: "id", try arguments.value(id))
        writer.endObject()
        return writer.json
    }
}
