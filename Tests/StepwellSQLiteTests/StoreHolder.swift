import Glibc
import StepwellStore

/// A real second process that opens a data file and holds it; see Tests/Support/StoreHolder.
final class StoreHolder {
    let process: pid_t
    /// What it said of opening the file: `opened`, or the error.
    let report: String
    private let input: Int32

    /// - Parameter withoutRights: The process gives up root's rights, to which permissions mean nothing.
    init(path: String, withoutRights: Bool = false) throws {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw StoreError(.other, "pipe: \(errno)") }
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        process = try Self.spawn(
            [path] + (withoutRights ? ["without-rights"] : []), input: toChild[0], output: fromChild[1])
        close(toChild[0])
        close(fromChild[1])
        input = toChild[1]
        report = Self.firstLine(of: fromChild[0])
        close(fromChild[0])
    }

    deinit {
        close(input)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// Ends the process as a loss of power would end it: without a word.
    func killHard() {
        kill(process, SIGKILL)
        // Waits for its end, and leaves it to `deinit` to collect it.
        var information = siginfo_t()
        waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT)
    }

    private static func spawn(_ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        var arguments = ([executable] + arguments).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, executable, &actions, nil, &arguments, environ)
        guard code == 0 else {
            throw StoreError(.other, "posix_spawn \(executable): \(String(cString: strerror(code)))")
        }
        return process
    }

    /// Beside the tests' own executable.
    private static var executable: String {
        var path = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let own = String(decoding: path.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/StoreHolder"
    }

    private static func firstLine(of descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
