import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellServer

/// The options of `dev` and `start`, and what they make of a server's configuration.
enum ServingOptions {
    static let host = Option<String>(
        "host", .text("HOST"), default: "127.0.0.1",
        help: "The address to listen on; 0.0.0.0 for all; default: 127.0.0.1"
    ).grouped("Listening")
    static let port = Option<UInt16>(
        "port", .port, letter: "p", default: 8_288, help: "The port to listen on; 0 for any free one; default: 8288"
    ).grouped("Listening")
    static let allowedHosts = Option<[String]>(
        list: "allow-host", .text("NAME"), help: "A name under which the operator's routes may be asked for"
    ).grouped("Listening")
    static let allowedOrigins = Option<[String]>(
        list: "allow-origin", .text("ORIGIN"),
        help: "An origin, such as https://app.example.com, whose pages may use the SDK routes"
    ).grouped("Listening")

    static let data = Option<String?>("data", .text("FILE"), help: "The data file").grouped("Data")
    static let acceptsClockBehind = Option<Bool>(
        switch: "accept-clock-behind", help: "Start although the machine's clock is behind the last commit"
    ).grouped("Data")

    static let eventKeys = Option<[String]>(
        list: "event-key", .eventKey, help: "A key with which events may be sent"
    ).grouped("Keys")
    static let signingKey = Option<String?>(
        "signing-key", .signingKey, help: "The secret shared with SDKs: hexadecimal, perhaps behind signkey-<env>-"
    ).grouped("Keys")
    static let signingKeyFallback = Option<String?>(
        "signing-key-fallback", .signingKey, help: "A second signing key that is accepted while keys are being changed"
    ).grouped("Keys")

    static let sdkURLs = Option<[HTTPURL]>(
        list: "sdk-url", .url, letter: "u",
        help: "An app that is asked to register, such as http://127.0.0.1:3000/api/inngest"
    ).grouped("Apps")
    static let appHosts = Option<[String]>(
        list: "app-host", .text("HOST"),
        help: "A host that apps may be on; with none given, any but link-local and metadata addresses"
    ).grouped("Apps")
    static let fetchHosts = Option<[String]>(
        list: "fetch-host", .text("HOST"),
        help:
            "A host that requests may go to which steps leave to the server (step.fetch, step.ai.infer); with none given, any "
            + "but link-local and metadata addresses"
    ).grouped("Apps")
    static let pollInterval = Option<Milliseconds?>(
        "poll-interval", .span(atLeast: .zero),
        help: "How often known apps are asked to register again; 0: never; default: 5s in dev, never in start"
    ).grouped("Apps")
    static let noPoll = Option<Bool>(switch: "no-poll", help: "Do not ask known apps to register again").grouped("Apps")
    static let noDiscovery = Option<Bool>(
        switch: "no-discovery", help: "Do not look for apps on the usual ports of this machine"
    ).grouped("Apps")
    static let callTimeout = Option<Milliseconds>(
        "call-timeout", .span(atLeast: .seconds(1), atMost: .days(1)), default: .hours(2),
        help: "How long a call to an app may take; default: 2h"
    ).grouped("Apps")
    static let callsPerApp = Option<Int>(
        "calls-per-app", .count(1...100_000), default: 100, help: "Calls in flight to one app; default: 100"
    ).grouped("Apps")
    static let retryInterval = Option<Milliseconds?>(
        "retry-interval", .span(atLeast: .zero),
        help: "A constant delay between attempts; default, and 0: a growing one"
    ).grouped("Apps")

    static let missedTicks = Option<MissedTicks>(
        "missed-ticks", .missedTicks, default: .one,
        help: "Schedules' times that passed while no server ran: skip, one (the last), or all:SPAN; default: one"
    ).grouped("Apps")

    static let recoveryGrace = Option<Milliseconds>(
        "recovery-grace", .span(atLeast: .zero, atMost: .days(1)), default: .zero,
        help: "How long no call is made after a start, so that calls of a server that was killed can end; default: 0s"
    ).grouped("Apps")

    static let stopGrace = Option<Milliseconds?>(
        "stop-grace", .span(atLeast: .zero, atMost: .hours(1)),
        help: "How long calls under way may go on when the server is stopped; default: 5s in dev, 20s in start"
    ).grouped("Stopping")

    /// What both commands have.
    static let shared: [OptionDeclaration] = [
        host.declaration, port.declaration, allowedHosts.declaration, allowedOrigins.declaration, data.declaration,
        acceptsClockBehind.declaration, sdkURLs.declaration, appHosts.declaration, fetchHosts.declaration,
        pollInterval.declaration, noPoll.declaration, callTimeout.declaration, callsPerApp.declaration,
        retryInterval.declaration,
        missedTicks.declaration, recoveryGrace.declaration, stopGrace.declaration,
    ]

    /// How commands end their list.
    static let general: [OptionDeclaration] = [
        SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
    ]

    /// What `dev` and `start` have in common, over the defaults of the mode.
    static func configuration(
        _ mode: ServerConfiguration.Mode, from arguments: Arguments
    ) throws(CommandFailure) -> ServerConfiguration {
        var configuration = ServerConfiguration(mode: mode)
        configuration.host = try arguments.value(host)
        configuration.port = try arguments.value(port)
        configuration.allowedHosts = try arguments.value(allowedHosts)
        configuration.allowedOrigins = try arguments.value(allowedOrigins)
        configuration.acceptsClockBehind = try arguments.value(acceptsClockBehind)
        configuration.sdkURLs = try arguments.value(sdkURLs).map(\.description)
        configuration.appHosts = try arguments.value(appHosts)
        configuration.fetchHosts = try arguments.value(fetchHosts)
        configuration.callTimeout = .milliseconds(try arguments.value(callTimeout).count)
        configuration.callsPerAppMax = try arguments.value(callsPerApp)
        configuration.missedTicks = try arguments.value(missedTicks)
        configuration.recoveryGrace = .milliseconds(try arguments.value(recoveryGrace).count)
        configuration.retryInterval = try duration(arguments.value(retryInterval))
        if let interval = try arguments.value(pollInterval) { configuration.pollInterval = duration(interval) }
        if try arguments.value(noPoll) { configuration.pollInterval = nil }
        return configuration
    }

    /// Zero stands for "not at all".
    private static func duration(_ span: Milliseconds?) -> Duration? {
        guard let span, span > .zero else { return nil }
        return .milliseconds(span.count)
    }
}
