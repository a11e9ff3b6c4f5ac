import StepwellModel

/// Where the SDK and your functions write what they have to say: lines on standard error unless you say otherwise.
public struct Log: Sendable {
    /// How much a line matters.
    public enum Level: Int, Sendable, Hashable, Comparable, CaseIterable {
        /// For whoever looks for a mistake.
        case debug
        /// What happened, in the normal course of things.
        case info
        /// Something to look at.
        case warning
        /// Something that failed.
        case error

        /// By weight.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// One thing said: a constant message, with the facts beside it.
    public struct Entry: Sendable, Hashable {
        /// How much it matters.
        public let level: Level
        /// What happened.
        public let message: String
        /// The facts: names and values.
        public let facts: [String: String]
    }

    /// What is below this is not written.
    public let level: Level
    let write: @Sendable (Entry) -> Void

    /// Writes entries of `level` and above by `write`, to whatever logging your program uses.
    public init(level: Level = .info, write: @escaping @Sendable (Entry) -> Void) {
        self.level = level
        self.write = write
    }

    /// Lines on standard error: level, message, facts. Default level: `info`.
    public static func standardError(level: Level = .info) -> Log {
        Log(level: level) { entry in
            let facts = entry.facts.sorted { $0.key < $1.key }.map { " \($0.key)=\(quoted($0.value))" }.joined()
            StandardError.write("\(entry.level) \(entry.message)\(facts)\n")
        }
    }

    /// A value that could be taken for more than one, in quotes and on one line.
    static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != 0x7F }
        return isPlain ? value : JSONValue.string(value).raw.text
    }

    func log(_ level: Level, _ message: String, _ facts: [String: String] = [:]) {
        guard level >= self.level else { return }
        write(Entry(level: level, message: message, facts: facts))
    }

    func warn(_ code: StepwellError.Code, _ message: String) { log(.warning, message, ["code": "\(code)"]) }
}

/// A function's log: silent while the function is replayed up to its last recorded step.
///
/// A line is written once however often the function is replayed, except by retries: an attempt that follows a failed one
/// writes again what comes behind the last recorded step, as it does that part of the work again.
public struct RunLog: Sendable {
    let session: RunSession

    /// For whoever looks for a mistake.
    public func debug(_ message: String, _ facts: [String: String] = [:]) { log(.debug, message, facts) }

    /// What happened, in the normal course of things.
    public func info(_ message: String, _ facts: [String: String] = [:]) { log(.info, message, facts) }

    /// Something to look at.
    public func warning(_ message: String, _ facts: [String: String] = [:]) { log(.warning, message, facts) }

    /// Something that failed.
    public func error(_ message: String, _ facts: [String: String] = [:]) { log(.error, message, facts) }

    private func log(_ level: Log.Level, _ message: String, _ facts: [String: String]) {
        let log = session.environment.log
        guard level >= log.level, !session.isRepeating else { return }
        let run = ["run": session.runID, "function": session.functionName]
        log.log(level, message, run.merging(facts) { _, own in own })
    }
}
