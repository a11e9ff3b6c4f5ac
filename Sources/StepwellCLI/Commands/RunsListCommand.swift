/// `stepwell runs list`: `stepwell runs`, spelled as the lists of other things are.
enum RunsListCommand: Command {
    static let syntax = RunsCommand.listing(as: "runs list", abstract: "List runs, as `stepwell runs` does")

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        try RunsCommand.run(arguments, in: context)
    }
}
