import StepwellModel

/// `stepwell functions list`
enum FunctionsListCommand: Command {
    private static let app = Option<String?>("app", .text("APP"), help: "Only this app's functions")
        .grouped("Which", isSetting: false)
    private static let all = Option<Bool>(switch: "all", letter: "a", help: "Archived functions as well")
        .grouped("Which", isSetting: false)

    static let syntax = CommandSyntax(
        name: "functions list", abstract: "List functions, with their state and how many runs they have",
        discussion: ["A function's state is active, paused or drained."],
        options: [
            app.declaration, all.declaration, SharedOptions.url.declaration, SharedOptions.token.declaration,
            SharedOptions.data.declaration, SharedOptions.configuration.declaration, SharedOptions.json.declaration,
            SharedOptions.help.declaration,
        ],
        examples: [.init(line: "stepwell functions list", meaning: "what is there, and does any of it stand still?")])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let client = try APIClient(arguments, in: context)
        var query: [(name: String, value: String)] = []
        if let app = try arguments.value(app) { query.append(("app", app)) }
        if try !arguments.value(all) { query.append(("archived", "false")) }
        let json = try client.get("/api/functions", query).json
        let terminal = context.terminal
        if try arguments.value(SharedOptions.json) {
            terminal.line(json.text)
            return .success
        }
        let functions = try FunctionView.list(json)
        if functions.isEmpty { terminal.errorLine("No functions.") }
        for line in FunctionView.table(functions, style: terminal.style, columns: terminal.columns) {
            terminal.line(line)
        }
        return .success
    }
}
