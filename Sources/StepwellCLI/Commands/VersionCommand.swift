import StepwellModel
import StepwellServer

/// `stepwell version`
enum VersionCommand: Command {
    static let syntax = CommandSyntax(
        name: "version", abstract: "Say which version this is",
        options: [SharedOptions.json.declaration, SharedOptions.help.declaration])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        if arguments.isSet(SharedOptions.json.declaration.name) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("version", ServerVersion.text)
            writer.endObject()
            context.terminal.line(writer.json.text)
        } else {
            context.terminal.line("stepwell \(ServerVersion.text)")
        }
        return .success
    }
}
