import StepwellModel
import StepwellServer

/// `stepwell start`
enum StartCommand: Command {
    static let syntax = CommandSyntax(
        name: "start", abstract: "Run a server for production: one data file, keys required",
        discussion: [
            "Needs an event key, with which events are sent, and a signing key, with which server and apps know each "
                + "other. Make each with `openssl rand -hex 32` and keep them out of the process list: set "
                + "STEPWELL_EVENT_KEY and STEPWELL_SIGNING_KEY, or write them into a configuration file.",
            "The API and `stepwell runs` need the operator's token, which the first start writes to FILE.token beside "
                + "the data file, readable by its owner alone.",
            "SIGTERM and SIGINT stop the server: no new calls, those under way get their time, and the next start goes "
                + "on where this one stopped. A second signal stops it at once, and loses nothing either.",
        ],
        options: [ServingOptions.eventKeys.declaration, ServingOptions.signingKey.declaration]
            + [ServingOptions.signingKeyFallback.declaration] + ServingOptions.shared + ServingOptions.general,
        examples: [
            .init(
                line:
                    "STEPWELL_EVENT_KEY=$(openssl rand -hex 32) STEPWELL_SIGNING_KEY=$(openssl rand -hex 32) stepwell start",
                meaning: "try it; keep the keys for later starts"),
            .init(line: "stepwell start --config /etc/stepwell.json", meaning: "all settings from a file"),
        ])

    static let dataDefault = "stepwell.db"

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        var configuration = try ServingOptions.configuration(.start, from: arguments)
        configuration.eventKeys = try arguments.value(ServingOptions.eventKeys)
        configuration.signingKey = try arguments.value(ServingOptions.signingKey)
        configuration.signingKeyFallback = try arguments.value(ServingOptions.signingKeyFallback)
        try checkKeys(configuration)
        let grace = try arguments.value(ServingOptions.stopGrace) ?? .seconds(20)
        let process = ServerProcess(
            configuration: configuration,
            dataPath: context.absolute(try arguments.value(ServingOptions.data) ?? dataDefault), temporary: nil,
            grace: .milliseconds(grace.count), writesJSON: try arguments.value(SharedOptions.json), context: context)
        return try process.run()
    }

    private static func checkKeys(_ configuration: ServerConfiguration) throws(CommandFailure) {
        var missing: [String] = []
        if configuration.eventKeys.isEmpty { missing.append("an event key (STEPWELL_EVENT_KEY or --event-key)") }
        if configuration.signingKey == nil { missing.append("a signing key (STEPWELL_SIGNING_KEY or --signing-key)") }
        guard !missing.isEmpty else { return }
        throw .usage(
            "SW0525: `stepwell start` needs \(missing.joined(separator: " and ")). Make each with: openssl rand -hex 32"
        )
    }
}
