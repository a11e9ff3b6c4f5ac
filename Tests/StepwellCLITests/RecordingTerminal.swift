import Synchronization

@testable import StepwellCLI

/// A terminal that keeps what is written to it.
final class RecordingTerminal: Terminal {
    let style: Style
    let isLive: Bool
    let columns: Int?
    private let input: [UInt8]
    private let texts = Mutex((out: "", error: ""))

    init(style: Style = .plain, isLive: Bool = false, columns: Int? = nil, input: String = "") {
        self.style = style
        self.isLive = isLive
        self.columns = columns
        self.input = Array(input.utf8)
    }

    var out: String { texts.withLock { $0.out } }
    var error: String { texts.withLock { $0.error } }

    func write(_ text: String) { texts.withLock { $0.out += text } }
    func writeError(_ text: String) { texts.withLock { $0.error += text } }

    func readInput(bytesMax: Int) throws(FileError) -> [UInt8] { input }
}

/// A command line in surroundings of its own.
struct Session {
    let terminal: RecordingTerminal
    let context: CommandContext

    init(
        _ terminal: RecordingTerminal = RecordingTerminal(), environment: [String: String] = [:],
        directory: String = "/nowhere"
    ) {
        self.terminal = terminal
        context = CommandContext(terminal: terminal, environment: environment, directory: directory)
    }

    func run(_ words: String...) -> ExitCode { CommandLineTool.run(words, in: context) }
}
