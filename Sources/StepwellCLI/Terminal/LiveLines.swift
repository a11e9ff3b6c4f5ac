/// Lines at the bottom of a terminal that are written again and again, below lines that stay. In a pipe only those that
/// stay are written.
struct LiveLines {
    private let terminal: any Terminal
    private var shown = 0

    init(_ terminal: any Terminal) { self.terminal = terminal }

    /// Adds lines that stay, and replaces the ones that do not.
    mutating func update(adding lines: [String], live: [String]) {
        guard terminal.isLive else {
            if !lines.isEmpty { terminal.write(lines.map { $0 + "\n" }.joined()) }
            return
        }
        // Up over what was shown, and clear from there: one write, so that nothing flickers.
        var text = shown > 0 ? "\u{1B}[\(shown)A\r\u{1B}[J" : ""
        for line in lines { text += line + "\n" }
        // A line that the terminal breaks would be two lines to go up.
        for line in live { text += Shown.fit(line, to: terminal.columns) + "\n" }
        shown = live.count
        if !text.isEmpty { terminal.write(text) }
    }
}
