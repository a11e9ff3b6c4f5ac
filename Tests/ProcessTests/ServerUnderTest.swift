import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The real binary as a process of its own, on a data file that outlives it.
///
/// The binary is named by `STEPWELL_BINARY`; without it, it is looked for beside the tests.
final class ServerUnderTest {
    let folder: URL
    let port: Int
    private(set) var process: Process?

    static let eventKey = "process-tests"
    static let signingKey = "signkey-test-0123456789abcdef0123456789abcdef"

    var address: String { "http://127.0.0.1:\(port)" }
    var dataPath: String { folder.appendingPathComponent("stepwell.db").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("stepwell-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try Self.freePort()
    }

    static var binary: URL {
        if let path = ProcessInfo.processInfo.environment["STEPWELL_BINARY"] { return URL(fileURLWithPath: path) }
        return Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("stepwell")
            ?? URL(fileURLWithPath: ".build/debug/stepwell")
    }

    /// Starts the server and waits until it says that all is well.
    func start(_ options: [String] = []) async throws {
        let process = Process()
        process.executableURL = Self.binary
        process.arguments = ["start", "--port", "\(port)", "--data", dataPath, "--no-poll"] + options
        var environment = ProcessInfo.processInfo.environment
        environment["STEPWELL_EVENT_KEY"] = Self.eventKey
        environment["STEPWELL_SIGNING_KEY"] = Self.signingKey
        process.environment = environment
        let log = folder.appendingPathComponent("server.log")
        if !FileManager.default.fileExists(atPath: log.path) {
            try Data().write(to: log)
        }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        self.process = process
        for _ in 0..<1_000 {
            if await isHealthy() { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw ServerFailure(log: (try? String(contentsOf: log, encoding: .utf8)) ?? "")
    }

    private func isHealthy() async -> Bool {
        guard let url = URL(string: address + "/health") else { return false }
        do {
            let (_, response) = try await URLSession.shared.data(from: url)
            return (response as? HTTPURLResponse)?.statusCode == 200
        } catch {
            return false
        }
    }

    /// As `kill -9` does: nothing is told to the process.
    func kill() {
        guard let process, process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func remove() {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    /// What the operator's API says.
    func get(_ path: String) async throws -> [String: Any] { try await ask("GET", path, nil) }

    /// What the operator's API answers to a verb.
    func post(_ path: String, _ body: String) async throws -> [String: Any] { try await ask("POST", path, body) }

    private func ask(_ method: String, _ path: String, _ body: String?) async throws -> [String: Any] {
        let token = try String(contentsOfFile: dataPath + ".token", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard let url = URL(string: address + path) else { throw ServerFailure(log: "no URL: \(path)") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        let (data, _) = try await URLSession.shared.data(for: request)
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard result == 0 else { throw ServerFailure(log: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

struct ServerFailure: Error, CustomStringConvertible {
    let log: String
    var description: String { "the server did not start:\n\(log)" }
}
