import StepwellModel
import StepwellServer

/// `stepwell dev`
enum DevCommand: Command {
    static let syntax = CommandSyntax(
        name: "dev", abstract: "Run a server for development: this machine only, no keys, apps are found",
        discussion: [
            "Data is kept in a temporary file, as durable as any, which is removed when the server is stopped. "
                + "With --data it is kept. A taken port gives the next free one."
        ],
        options: ServingOptions.shared + [ServingOptions.noDiscovery.declaration] + ServingOptions.general,
        examples: [
            .init(line: "stepwell dev", meaning: "listen on http://127.0.0.1:8288 and look for apps"),
            .init(
                line: "stepwell dev -u http://127.0.0.1:3000/api/inngest --no-discovery",
                meaning: "one app, no looking around"),
            .init(line: "stepwell dev --data stepwell.db", meaning: "keep the data"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        var configuration = try ServingOptions.configuration(.dev, from: arguments)
        if try arguments.value(ServingOptions.noDiscovery) { configuration.discoversApps = false }
        let grace = try arguments.value(ServingOptions.stopGrace) ?? .seconds(5)
        let isJSON = try arguments.value(SharedOptions.json)
        let data = try arguments.value(ServingOptions.data).map(context.absolute)
        let temporary = data == nil ? try TemporaryData(environment: context.environment) : nil
        let process = ServerProcess(
            configuration: configuration, dataPath: data ?? temporary?.path ?? "", temporary: temporary,
            grace: .milliseconds(grace.count), writesJSON: isJSON, context: context)
        return try process.run()
    }
}
