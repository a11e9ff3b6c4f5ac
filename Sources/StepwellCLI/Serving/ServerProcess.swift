import Glibc
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellServer
import StepwellStore

/// One server for the life of the process: opens the data file, serves, and stops when asked to.
struct ServerProcess {
    var configuration: ServerConfiguration
    var dataPath: String
    var temporary: TemporaryData?
    var grace: Duration
    var writesJSON: Bool
    let context: CommandContext

    private var terminal: any Terminal { context.terminal }

    func run() throws(CommandFailure) -> ExitCode {
        // Before any thread is made.
        var signals = StopSignals()
        let store = try open()
        let server: Server
        do throws(CommandFailure) {
            server = try start(store)
        } catch {
            temporary?.remove()
            throw error
        }
        say(server, store)
        let signal = signals.wait()
        stop(server, because: signal)
        temporary?.remove()
        return .success
    }

    private func open() throws(CommandFailure) -> DataFileStore {
        do throws(StoreError) {
            return try DataFileStore(path: dataPath)
        } catch {
            temporary?.remove()
            throw CommandFailure(.failure, error.message)
        }
    }

    private func start(_ store: DataFileStore) throws(CommandFailure) -> Server {
        var configuration = configuration
        if configuration.mode == .start {
            do throws(CommandFailure) {
                configuration.operatorToken = try OperatorToken.obtain(besideData: store.path)
            } catch {
                store.close()
                throw error
            }
        }
        configuration.runNotePath = store.path + ".run"
        configuration.log = LogLines(terminal: terminal, writesJSON: writesJSON).log
        do throws(ServerError) {
            return try Server.start(store: store, reader: store.reader, configuration: configuration) { message in
                // Nothing may go on: what is on disk is what the next start begins with.
                terminal.errorLine("stepwell: the server ends now: \(message)")
                _exit(ExitCode.failure.rawValue)
            }
        } catch {
            throw CommandFailure(.failure, "\(error)")
        }
    }

    private func say(_ server: Server, _ store: DataFileStore) {
        let banner = Banner(configuration, server: server, dataPath: store.path, isTemporary: temporary != nil)
        if writesJSON {
            terminal.line(banner.json.text)
        } else {
            terminal.write(banner.text(style: terminal.style))
        }
    }

    private func stop(_ server: Server, because signal: String) {
        let calls = server.engine.status.liveDispatches
        let span = SpanText.of(grace.wholeMilliseconds)
        let waiting =
            switch calls {
            case 0: "no call is under way"
            case 1: "the call under way has \(span)"
            default: "the \(calls) calls under way have \(span)"
            }
        terminal.errorLine("stepwell: \(signal): stopping, \(waiting); the same signal again stops at once.")
        server.stop(grace: grace)
        let rest = temporary == nil ? "the next start goes on from here" : "its temporary data is removed"
        terminal.errorLine("stepwell: stopped; \(rest).")
    }
}

extension Banner {
    init(_ configuration: ServerConfiguration, server: Server, dataPath: String, isTemporary: Bool) {
        let isStart = configuration.mode == .start
        self.init(
            mode: configuration.mode, url: server.url, isExposed: !server.address.isLoopback, dataPath: dataPath,
            isTemporary: isTemporary, eventKeys: configuration.eventKeys.map(Masked.key),
            signingKey: configuration.signingKey.map(Masked.key),
            tokenPath: isStart ? OperatorToken.path(besideData: dataPath) : nil, apps: Self.apps(configuration))
        if configuration.port != 0, server.address.port != configuration.port {
            warnings.append(
                "port \(configuration.port) is taken, so this server has \(server.address.port): use --url \(server.url)"
            )
        }
        if !isStart, isExposed {
            warnings.append(
                "--host \(configuration.host) lets other machines send events without a key; `stepwell start` asks for keys"
            )
        }
        if isStart, configuration.eventKeys.contains(where: { $0.count < 16 }) {
            warnings.append("an event key is short enough to be guessed; make one with: openssl rand -hex 32")
        }
    }

    private static func apps(_ configuration: ServerConfiguration) -> String {
        var ways: [String] = []
        if !configuration.sdkURLs.isEmpty { ways.append(configuration.sdkURLs.joined(separator: ", ")) }
        if configuration.discoversApps { ways.append("looked for on the usual ports of this machine") }
        ways.append("register themselves")
        if let interval = configuration.pollInterval {
            ways.append("asked again every \(DurationText.format(Milliseconds(interval.wholeMilliseconds)))")
        }
        return ways.joined(separator: "; ")
    }
}

extension Duration {
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
