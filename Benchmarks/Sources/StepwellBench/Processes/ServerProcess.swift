import Glibc
import Stepwell

/// The real `stepwell start` on a data file of its own.
final class ServerProcess {
    static let eventKey = "bench-0123456789abcdef"
    static let signingKey = "signkey-bench-0123456789abcdef0123456789abcdef"

    let port: Int
    let dataPath: String
    let syncs: SyncCounter
    private let settings: BenchSettings
    private let folder: String
    private var process: ChildProcess?

    var url: String { "http://127.0.0.1:\(port)" }

    /// A server that is not started yet.
    init(_ settings: BenchSettings, name: String) throws {
        self.settings = settings
        folder = try settings.makeFolder(name)
        dataPath = "\(folder)/stepwell.db"
        port = try Socket.freePort()
        syncs = try SyncCounter(library: settings.syncLibrary, folder: folder)
    }

    /// Starts it, and waits until it says that all is well.
    /// - Returns: how long that took, in seconds.
    @discardableResult
    func start(_ options: [String] = []) throws -> Double {
        let begin = ContinuousClock.now
        var environment = syncs.environment
        environment["STEPWELL_EVENT_KEY"] = Self.eventKey
        environment["STEPWELL_SIGNING_KEY"] = Self.signingKey
        let process = try ChildProcess(
            settings.server, ["start", "--port", "\(port)", "--data", dataPath] + options, environment: environment,
            log: "\(folder)/server.log")
        self.process = process
        while begin.duration(to: .now) < .seconds(120) {
            if isHealthy { return begin.duration(to: .now).seconds }
            guard process.isRunning else { break }
            usleep(1_000)
        }
        throw BenchFailure("the server did not come up: \(log)")
    }

    private var log: String { ProcessFacts.tail(of: "\(folder)/server.log") }

    private var isHealthy: Bool {
        do {
            return try PlainClient(port: port).get("/health").status == 200
        } catch {
            return false
        }
    }

    func kill() { process?.kill() }

    func stop() { process?.stop() }

    /// Ends it and removes its data.
    func remove() {
        kill()
        settings.removeFolder(folder)
    }

    func facts() throws -> ProcessFacts {
        guard let process, process.isRunning else {
            throw BenchFailure("the server has ended: \(log)")
        }
        return ProcessFacts(id: process.id)
    }

    /// Adds copies of the newest run of a function, while the server is stopped.
    func clone(_ count: Int, of slug: String) throws {
        try ChildProcess.run(settings.tool, ["clone", "\(count)", dataPath, slug], log: "\(folder)/clone.log")
        // What is still to be written out must not disturb the measurement.
        sync()
    }

    func operatorToken() throws -> String {
        String(try ProcessFacts.read(dataPath + ".token").prefix { !$0.isWhitespace })
    }

    /// A file that goes with the row's folder.
    func path(of name: String) -> String { "\(folder)/\(name)" }

    /// How many runs are not finished.
    func unfinishedRuns() throws -> Int {
        Int(try PlainClient(port: port).get("/health").json()["runs_unfinished"]?.integer ?? -1)
    }

    func waitUntilFinished(within seconds: Double = 60) throws {
        let begin = ContinuousClock.now
        while try unfinishedRuns() > 0 {
            guard begin.duration(to: .now).seconds < seconds else {
                throw BenchFailure("\(try unfinishedRuns()) runs have not ended within \(seconds) s")
            }
            usleep(5_000)
        }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
