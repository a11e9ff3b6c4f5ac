import Glibc

/// A program that was started for a row, with its output in a file.
final class ChildProcess {
    let id: pid_t
    private var isEnded = false

    /// - Parameters:
    ///   - environment: what is added to, or replaced in, our own.
    ///   - log: the file that takes what it writes.
    init(_ path: String, _ arguments: [String], environment: [String: String] = [:], log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The threads that rows run on take no signals; what they start must.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let lines = Self.environment(with: environment)
        var id: pid_t = 0
        let result = Self.withPointers([path] + arguments) { argv in
            Self.withPointers(lines) { environ in posix_spawn(&id, path, &actions, &attributes, argv, environ) }
        }
        guard result == 0 else {
            throw BenchFailure("\(path) cannot be started: \(String(cString: strerror(result)))")
        }
        self.id = id
    }

    /// Runs a program to its end, which must be a good one.
    static func run(_ path: String, _ arguments: [String], log: String) throws {
        let process = try ChildProcess(path, arguments, log: log)
        let status = process.wait()
        guard status == 0 else {
            throw BenchFailure(
                "\(path) \(arguments.joined(separator: " ")) ended with \(status): \(ProcessFacts.tail(of: log))")
        }
    }

    /// As `kill -9` does.
    func kill() {
        guard !isEnded else { return }
        Glibc.kill(id, SIGKILL)
        _ = wait()
    }

    /// Asks it to stop, and waits until it has.
    func stop() {
        guard !isEnded else { return }
        Glibc.kill(id, SIGTERM)
        _ = wait()
    }

    var isRunning: Bool {
        guard !isEnded else { return false }
        var status: Int32 = 0
        isEnded = waitpid(id, &status, WNOHANG) == id
        return !isEnded
    }

    private func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 && errno == EINTR {}
        isEnded = true
        return status
    }

    private static func environment(with changes: [String: String]) -> [String] {
        var lines: [String] = []
        var place = environ
        while let line = place.pointee {
            let text = String(cString: line)
            let name = text.prefix { $0 != "=" }
            // What the machine's user has set must not reach the measured server.
            let isOurs = name.hasPrefix("STEPWELL_") || name.hasPrefix("INNGEST_")
            if !isOurs, changes[String(name)] == nil { lines.append(text) }
            place += 1
        }
        return lines + changes.map { "\($0.key)=\($0.value)" }
    }

    private static func withPointers<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}
