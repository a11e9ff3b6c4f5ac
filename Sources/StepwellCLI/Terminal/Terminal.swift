import Glibc
import Synchronization

/// Where a command writes: its result to standard output, everything else to standard error.
protocol Terminal: Sendable {
    /// Of standard output.
    var style: Style { get }
    /// Whether standard output is a terminal, where lines can be written again.
    var isLive: Bool { get }
    /// Columns of the terminal; nil where lines may have any length.
    var columns: Int? { get }

    func write(_ text: String)
    func writeError(_ text: String)
    /// Everything that standard input holds.
    func readInput(bytesMax: Int) throws(FileError) -> [UInt8]
}

extension Terminal {
    func line(_ text: String = "") { write(text + "\n") }
    func errorLine(_ text: String) { writeError(text + "\n") }
}

/// The process's own standard input and outputs.
struct StandardTerminal: Terminal {
    let style: Style
    let isLive: Bool

    init(environment: [String: String]) {
        isLive = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
        // https://no-color.org: any value that is not empty.
        let isRefused = environment["NO_COLOR"]?.isEmpty == false
        style = Style(isOn: isLive && !isRefused)
    }

    var columns: Int? {
        guard isLive else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    func write(_ text: String) { TextFile.write(Array(text.utf8), to: STDOUT_FILENO) }

    func writeError(_ text: String) { TextFile.write(Array(text.utf8), to: STDERR_FILENO) }

    func readInput(bytesMax: Int) throws(FileError) -> [UInt8] {
        try TextFile.read(STDIN_FILENO, bytesMax: bytesMax)
    }
}
