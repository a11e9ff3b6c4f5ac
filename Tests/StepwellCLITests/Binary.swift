import Glibc
import Testing

@testable import StepwellCLI

/// The real binary, found beside the test bundle, run as a process of its own.
final class Binary: Sendable {
    struct Result {
        let code: Int32
        let out: String
        let error: String
    }

    static let path: String? = {
        guard let maps = try? TextFile.read("/proc/self/maps", bytesMax: 64 << 20) else { return nil }
        for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
            guard let start = line.firstIndex(of: "/"), line.hasSuffix(".xctest") else { continue }
            let bundle = line[start...]
            guard let slash = bundle.lastIndex(of: "/") else { continue }
            return "\(bundle[..<slash])/stepwell"
        }
        return nil
    }()

    let pid: pid_t
    private let outPath: String
    private let errorPath: String

    /// What a sanitizer is told by its environment holds for the processes of a test as well.
    private static let sanitizing = ["ASAN_OPTIONS", "TSAN_OPTIONS", "LD_PRELOAD"].reduce(into: [String: String]()) {
        settings, name in
        settings[name] = getenv(name).map { String(cString: $0) }
    }

    /// - Parameter environment: All of it: nothing else is inherited.
    init(_ arguments: [String], environment: [String: String] = [:], in directory: TemporaryDirectory) throws {
        let path = try #require(Self.path, "the binary must lie beside the test bundle")
        let number = UInt64.random(in: .min ... .max)
        outPath = "\(directory.path)/out-\(number)"
        errorPath = "\(directory.path)/error-\(number)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outPath, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT, 0o600)
        // The threads of the tests may have blocked signals, which a process inherits.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // `env` changes the directory and becomes the binary: the process stays the same.
        let line = ["env", "-C", directory.path, path] + arguments
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
        let all = environment.merging(Self.sanitizing) { $1 }
        var variables: [UnsafeMutablePointer<CChar>?] = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, &words, &variables)
        try #require(failure == 0, "\(path) cannot be started: \(String(cString: strerror(failure)))")
        self.pid = pid
    }

    deinit {
        // Does nothing to a process that has been waited for: its number is not ours any more then.
        if !hasEnded { kill(pid, SIGKILL) }
    }

    private var hasEnded: Bool {
        var facts = siginfo_t()
        return waitid(P_PID, id_t(pid), &facts, WEXITED | WNOHANG | WNOWAIT) != 0
    }

    /// Runs a command to its end.
    static func run(
        _ arguments: String..., environment: [String: String] = [:], in directory: TemporaryDirectory
    ) throws -> Result {
        let process = try Binary(arguments, environment: environment, in: directory)
        return try process.waitForEnd()
    }

    var out: String { text(outPath) }
    var error: String { text(errorPath) }

    private func text(_ path: String) -> String {
        String(decoding: (try? TextFile.read(path, bytesMax: 64 << 20)) ?? [], as: UTF8.self)
    }

    /// The first line of its output, once it is complete.
    func firstLine() throws -> String {
        try eventually("a line of output") { out.firstIndex(of: "\n").map { String(out[..<$0]) } }
    }

    /// A process tells nobody what it does: it is looked at until it has done it, for 30 s at most.
    func eventually<Value>(_ what: String, _ look: () -> Value?) throws -> Value {
        for _ in 0..<3_000 {
            if let value = look() { return value }
            usleep(10_000)
        }
        Issue.record("no \(what) within 30 s; output: \(out); errors: \(error)")
        throw Missing()
    }

    struct Missing: Error {}

    /// The exit code, or minus the number of the signal that ended it.
    func waitForEnd() throws -> Result {
        var status: Int32 = 0
        _ = try eventually("end") { waitpid(pid, &status, WNOHANG) == pid ? true : nil }
        let signal = status & 0x7F
        return Result(code: signal == 0 ? status >> 8 & 0xFF : -signal, out: out, error: error)
    }

    func stop(_ signal: Int32 = SIGTERM) throws -> Result {
        kill(pid, signal)
        return try waitForEnd()
    }
}
