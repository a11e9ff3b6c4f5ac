import StepwellCore
import StepwellWire

/// What an operator may choose about a server. Every value has a default that suits `dev`.
package struct ServerConfiguration: Sendable {
    package enum Mode: String, Sendable, Hashable {
        /// For one developer: loopback, no keys, apps are looked for.
        case dev
        /// For production: an event key and a signing key are required.
        case start
    }

    package var mode: Mode
    /// The address to listen on. Default: 127.0.0.1.
    package var host = "127.0.0.1"
    /// Default: 8288. 0 takes a free one. When it is taken, `dev` tries the next ones and `start` fails.
    package var port: UInt16 = 8_288
    /// The keys with which events may be sent.
    package var eventKeys: [String] = []
    /// The secret shared with SDKs: plain or with its prefix.
    package var signingKey: String?
    /// A second key that is accepted while keys are being changed; never used to sign.
    package var signingKeyFallback: String?
    /// What the operator's own routes ask for. `dev` on loopback needs none.
    package var operatorToken: String?

    /// Apps that are asked to register at the start.
    package var sdkURLs: [String] = []
    /// How often known apps are asked to register again; nil: never. Default: 5 s in `dev`, never in `start`.
    package var pollInterval: Duration?
    /// Look for apps on the usual ports of this machine until there is one. Default: in `dev`.
    package var discoversApps: Bool
    /// The ports on which apps are looked for. Default: those that frameworks use.
    package var discoveryPorts: [UInt16] =
        [80, 443] + Array(3_000...3_010) + [4_321, 5_000, 5_173, 8_000, 8_080, 8_081, 8_787, 8_888]
        + Array(8_910...8_915)

    /// Origins whose pages may use the SDK routes, beside those of loopback.
    package var allowedOrigins: [String] = []
    /// Names under which the operator's routes may be asked for, beside addresses, `localhost` and `host`.
    package var allowedHosts: [String] = []
    /// The only hosts that apps may be on; empty: any that the address rules allow.
    package var appHosts: [String] = []
    /// The only hosts that requests may go to which steps leave to the server; empty: any that the address rules allow.
    package var fetchHosts: [String] = []

    /// From a call to the last byte of its answer. Default: 2 h.
    package var callTimeout: Duration = .seconds(7_200)
    /// From a request that the server makes for a step to the last byte of its answer; never more than ``callTimeout``.
    /// Default: 10 min.
    package var gatewayTimeout: Duration = .seconds(600)
    /// A constant delay between attempts instead of the growing one.
    package var retryInterval: Duration?
    /// What becomes of a schedule's ticks that passed while no server ran. Default: the last one starts a run.
    package var missedTicks = MissedTicks.one
    /// How long no call is made after a start, so that calls of a server that was killed can end. Default: 0.
    package var recoveryGrace: Duration = .zero
    /// Calls in flight to one app. Default: 100.
    package var callsPerAppMax = 100
    /// Bytes of one `POST /e/KEY`. Default: 32 MiB.
    package var eventBodyBytesMax = 32 << 20
    /// Bytes of events that are not durable yet; beyond it, requests are not read until the disk has caught up.
    /// Default: 256 MiB.
    package var eventBytesInFlightMax = 256 << 20
    /// While very many runs change that a list which is watched does not show, it is read this often and no more.
    /// Default: 50 ms.
    package var watchedListPause: Duration = .milliseconds(50)
    /// Steps of one run, 1…10,000. Default: 1,000.
    package var stepsMax = 1_000
    /// Threads for connections and calls. Default: half of the machine's processors.
    package var loopCount = 0
    /// Start although the machine's clock is behind the last commit.
    package var acceptsClockBehind = false
    /// A small file beside the data in which the run in hand is noted; see ``Engine/Options/runNotePath``.
    package var runNotePath: String?
    /// Takes what the server has to say of its work.
    package var log: ServerLog = .silent

    package init(mode: Mode) {
        self.mode = mode
        pollInterval = mode == .dev ? .seconds(5) : nil
        discoversApps = mode == .dev
    }

    /// Refuses what no server can run with.
    func check() throws(ServerError) {
        func require(_ holds: Bool, _ rule: String) throws(ServerError) {
            guard holds else { throw ServerError(.configurationInvalid, rule) }
        }
        try require(1...10_000 ~= stepsMax, "a run may have 1 to 10000 steps, not \(stepsMax)")
        try require(callsPerAppMax >= 1, "calls in flight to one app must be at least 1, not \(callsPerAppMax)")
        try require(callTimeout >= .milliseconds(1), "a call must have some time, not \(callTimeout)")
        try require(
            pollInterval.map { $0 >= .milliseconds(10) } ?? true, "apps cannot be polled more than 100 times a second")
        try require(eventBodyBytesMax >= 1_000, "the body of an event request must be allowed at least 1000 bytes")
        for url in sdkURLs {
            try require(
                AppURL.normalized(url)?.hasPrefix("http") == true,
                "the app URL \(url) must be absolute and begin with http:// or https://")
        }
        for (hosts, option) in [(appHosts, "--app-host"), (fetchHosts, "--fetch-host")] {
            for host in hosts {
                try require(
                    AllowedHost(host) != nil,
                    "\(option) must be a name or an address, perhaps with a port, such as example.com, 10.0.0.7:8080 or "
                        + "[::1]:8080, not \(host)")
            }
        }
    }
}

/// Takes lines of the server's log: a constant message, and the facts beside it.
package struct ServerLog: Sendable {
    package enum Level: String, Sendable, Hashable, Comparable {
        case info, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .info: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    private let write: @Sendable (Level, String, [(name: String, value: String)]) -> Void

    package init(_ write: @escaping @Sendable (Level, String, [(name: String, value: String)]) -> Void) {
        self.write = write
    }

    package static let silent = ServerLog { _, _, _ in }

    package func info(_ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]) {
        write(.info, "\(message)", facts.map { ($0.key, $0.value) })
    }

    package func warning(_ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]) {
        write(.warning, "\(message)", facts.map { ($0.key, $0.value) })
    }

    package func error(_ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]) {
        write(.error, "\(message)", facts.map { ($0.key, $0.value) })
    }
}
