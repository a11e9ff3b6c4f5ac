/// Finds the command that is meant, settles its arguments, runs it, and says what went wrong.
enum CommandLineTool {
    static let commands: [any Command.Type] = [
        DevCommand.self, StartCommand.self, SendCommand.self, SignalCommand.self,
        RunsCommand.self, RunsListCommand.self, RunsShowCommand.self, RunsWhyCommand.self, RunsCancelCommand.self,
        RunsRerunCommand.self,
        EventsListCommand.self, EventsShowCommand.self, EventsResendCommand.self,
        FunctionsListCommand.self, FunctionsInvokeCommand.self, FunctionsPauseCommand.self, FunctionsResumeCommand.self,
        FunctionsDrainCommand.self,
        BulkCancelCommand.self, BulkRerunCommand.self, BulkReplayCommand.self, BulkResendCommand.self,
        BulkListCommand.self, BulkShowCommand.self, BulkStopCommand.self,
        AuditCommand.self, CronNextCommand.self, VersionCommand.self, HelpCommand.self,
    ]

    /// - Parameter words: Without the program's own name.
    static func run(_ words: [String], in context: CommandContext) -> ExitCode {
        do throws(CommandFailure) {
            return try follow(words, in: context)
        } catch {
            let style = Style(isOn: context.terminal.style.isOn)
            context.terminal.errorLine("\(style.paint("stepwell:", .red)) \(error.message)")
            return error.code
        }
    }

    private static func follow(_ words: [String], in context: CommandContext) throws(CommandFailure) -> ExitCode {
        switch words.first {
        case nil:
            context.terminal.writeError(HelpText.overview(commands.map { $0.syntax }, style: context.terminal.style))
            return .usage
        case "--help", "-h":
            context.terminal.write(HelpText.overview(commands.map { $0.syntax }, style: context.terminal.style))
            return .success
        case "--version", "-v":
            return try VersionCommand.run(Arguments(parsing: [], for: VersionCommand.syntax), in: context)
        default: break
        }
        let (command, rest) = try find(words)
        let arguments = try settle(rest, for: command.syntax, in: context)
        if arguments.isSet(SharedOptions.help.declaration.name) {
            context.terminal.write(HelpText.page(command.syntax, style: context.terminal.style))
            return .success
        }
        return try command.run(arguments, in: context)
    }

    /// The command whose name is the longest beginning of the words.
    static func find(_ words: [String]) throws(CommandFailure) -> (command: any Command.Type, rest: [String]) {
        var best: (command: any Command.Type, count: Int)?
        for command in commands {
            let name = command.syntax.name.split(separator: " ").map(String.init)
            guard words.starts(with: name), name.count > best?.count ?? 0 else { continue }
            best = (command, name.count)
        }
        guard let best else {
            let given = words.first ?? ""
            let verbs = commands.map { $0.syntax.name }.filter { $0.hasPrefix("\(given) ") }
            guard verbs.isEmpty else {
                throw .usage(
                    "SW0520: `stepwell \(given)` needs a verb: \(verbs.map { "`stepwell \($0)`" }.joined(separator: ", ")). "
                        + "Each explains itself with --help.")
            }
            let hint = suggestion(for: given)
            throw .usage("SW0520: there is no command \"\(given)\".\(hint) `stepwell help` lists all commands.")
        }
        let rest = Array(words.dropFirst(best.count))
        // What takes no operand and is followed by a word has been mistaken for a command with that subcommand.
        if best.command.syntax.operands.isEmpty, let word = rest.first, !word.hasPrefix("-") {
            let name = best.command.syntax.name
            throw .usage(
                "SW0520: `stepwell \(name)` has no subcommand \"\(word)\".\(suggestion(for: "\(name) \(word)", of: name))"
                    + " `stepwell \(name) --help` explains it.")
        }
        return (best.command, rest)
    }

    /// - Parameter name: Only this command's subcommands are meant; nil for any command.
    private static func suggestion(for given: String, of name: String? = nil) -> String {
        let names = commands.map { $0.syntax.name }.filter { name == nil || $0.hasPrefix("\(name ?? "") ") }
        return Suggestion.sentence(for: given, among: names) { "stepwell \($0)" }
    }

    /// Flags, then the environment, then the configuration file.
    static func settle(
        _ words: [String], for syntax: CommandSyntax, in context: CommandContext
    ) throws(CommandFailure) -> Arguments {
        var arguments = try Arguments(parsing: words, for: syntax)
        if arguments.isSet(SharedOptions.help.declaration.name) { return arguments }
        guard syntax.options.contains(where: \.isSetting) else { return arguments }
        arguments.fill(from: context.environment, for: syntax)
        let options = commands.flatMap { $0.syntax.options }
        if let path = try configurationPath(arguments, in: context) {
            arguments.fill(from: try ConfigurationFile(path: path, options: options), for: syntax)
        }
        return arguments
    }

    private static func configurationPath(
        _ arguments: Arguments, in context: CommandContext
    ) throws(CommandFailure) -> String? {
        if let given = try arguments.value(SharedOptions.configuration) { return context.absolute(given) }
        let named = SharedOptions.configuration.declaration.variables.compactMap { context.environment[$0] }
        if let given = named.first(where: { !$0.isEmpty }) { return context.absolute(given) }
        return ConfigurationFile.find(from: context.directory, home: context.environment["HOME"])
    }
}
