/// `stepwell help`
enum HelpCommand: Command {
    static let syntax = CommandSyntax(
        name: "help", abstract: "Explain the commands",
        operands: [
            .init(name: "COMMAND", isRequired: false, help: "the command to explain"),
            .init(name: "SUBCOMMAND", isRequired: false, help: "its second word, as in `runs show`"),
        ],
        options: [SharedOptions.help.declaration])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let style = context.terminal.style
        guard !arguments.operands.isEmpty else {
            context.terminal.write(HelpText.overview(CommandLineTool.commands.map { $0.syntax }, style: style))
            return .success
        }
        let (command, rest) = try CommandLineTool.find(arguments.operands)
        if let word = rest.first {
            throw .usage("SW0520: `stepwell \(command.syntax.name)` has no subcommand \"\(word)\".")
        }
        context.terminal.write(HelpText.page(command.syntax, style: style))
        return .success
    }
}
