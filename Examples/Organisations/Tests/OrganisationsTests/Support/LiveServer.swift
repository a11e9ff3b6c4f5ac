import Foundation
import Stepwell
import Synchronization

@testable import Organisations

/// The real server, `stepwell dev`, in a process of its own, with the system registered at it.
struct LiveServer {
    let url: String
    let worker: Worker
    let system: OrganisationsSystem
    let folder: TemporaryFolder

    /// The route's address.
    var organisations: String { "http://127.0.0.1:\(worker.port)/organisations" }

    /// Starts both, and ends both when `body` is done.
    static func run(_ body: (LiveServer) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let process = try ServerProcess(folder: folder)
        defer { process.end() }
        let url = try process.url()
        let registered = AsyncStream<Void>.makeStream()
        let client = Client(
            id: OrganisationsClient.appID, isDev: true, baseURL: url,
            log: Log { entry in if entry.message == "registered" { registered.continuation.finish() } })
        let system = try OrganisationsSystem(folder: folder.url, client: client)
        let worker = try system.app.start(port: 0, routes: system.routes)
        for await _ in registered.stream {}
        do {
            try await body(LiveServer(url: url, worker: worker, system: system, folder: folder))
        } catch {
            await worker.stop()
            throw error
        }
        await worker.stop()
    }

    /// Asks again and again until there is an answer, for ten seconds.
    func eventually<Answer>(_ what: String, _ look: () async throws -> Answer?) async throws -> Answer {
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            if let answer = try await look() { return answer }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NeverHappened(what: what)
    }

    struct NeverHappened: Error {
        let what: String
    }
}

/// `stepwell dev` on any free port, with its data in the test's folder.
private struct ServerProcess {
    struct NotThere: Error, CustomStringConvertible {
        let description: String
    }

    private struct Banner: Decodable {
        let url: String
    }

    private let process = Process()
    private let output = Pipe()

    init(folder: TemporaryFolder) throws {
        let path = try Self.binary()
        process.executableURL = URL(filePath: path)
        process.arguments = [
            "dev", "--json", "--port", "0", "--no-discovery", "--no-poll", "--retry-interval", "100ms",
            "--data", folder.url.appending(path: "stepwell.db").path,
        ]
        process.currentDirectoryURL = folder.url
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Where the tests of the repository built it, else the release build.
    private static func binary() throws -> String {
        let built = URL(filePath: #filePath).appending(path: "../../../../../../.build/release/stepwell").standardized
        let path = ProcessInfo.processInfo.environment["STEPWELL_BINARY"] ?? built.path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw NotThere(
                description: "no server at \(path): run `make build` in the repository, or set STEPWELL_BINARY")
        }
        return path
    }

    /// The address, which is in the first line that it writes.
    func url() throws -> String {
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) { line += byte }
        guard !line.isEmpty else { throw NotThere(description: "the server ended before it said where it is") }
        return try JSONDecoder().decode(Banner.self, from: line).url
    }

    func end() {
        process.terminate()
        process.waitUntilExit()
    }
}
