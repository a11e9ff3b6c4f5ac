/// One thing that `stepwell` can do.
protocol Command: Sendable {
    static var syntax: CommandSyntax { get }
    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode
}

/// The surroundings of a command: what it may know of the process, and where it writes.
struct CommandContext: Sendable {
    var terminal: any Terminal
    var environment: [String: String]
    /// Without a slash at its end, unless it is the root.
    var directory: String

    /// A path as the user gave it, `~/` in front replaced, and made absolute.
    func absolute(_ path: String) -> String {
        if path.hasPrefix("~/"), let home = environment["HOME"] { return home + path.dropFirst() }
        if path.hasPrefix("/") { return path }
        return directory == "/" ? "/\(path)" : "\(directory)/\(path)"
    }
}

/// What the process ends with.
struct ExitCode: RawRepresentable, Sendable, Hashable {
    let rawValue: Int32

    /// Done.
    static let success = ExitCode(rawValue: 0)
    /// It was refused, or failed.
    static let failure = ExitCode(rawValue: 1)
    /// The command line, the environment or the configuration file cannot be followed.
    static let usage = ExitCode(rawValue: 2)
    /// No server answers at the address.
    static let unreachable = ExitCode(rawValue: 3)
    /// The server knows no such thing.
    static let notFound = ExitCode(rawValue: 4)
    /// The run that was followed failed or was cancelled.
    static let runFailed = ExitCode(rawValue: 5)

    static let meanings: [(code: ExitCode, meaning: String)] = [
        (.success, "done"),
        (.failure, "refused or failed"),
        (.usage, "wrong flag, environment variable or configuration file"),
        (.unreachable, "no server answers at the address"),
        (.notFound, "no such run, event or function"),
        (.runFailed, "the run that was followed failed or was cancelled"),
    ]
}

/// Why a command could not do its work.
struct CommandFailure: Error, Sendable, Equatable {
    var code: ExitCode
    var message: String

    init(_ code: ExitCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// A command line, environment or file that cannot be followed.
    static func usage(_ message: String) -> CommandFailure { CommandFailure(.usage, message) }
}
