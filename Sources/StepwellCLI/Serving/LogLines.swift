import StepwellEngine
import StepwellModel
import StepwellServer

/// The server's log on standard error: a line for each message, its facts behind it.
struct LogLines: Sendable {
    let terminal: any Terminal
    let writesJSON: Bool

    var log: ServerLog {
        ServerLog { level, message, facts in
            let time = SystemClock.wall()
            terminal.errorLine(
                writesJSON
                    ? Self.json(time, level, message, facts) : Self.text(time, level, message, facts, terminal.style))
        }
    }

    static func text(
        _ time: Timestamp, _ level: ServerLog.Level, _ message: String, _ facts: [(name: String, value: String)],
        _ style: Style
    ) -> String {
        let ink: Style.Ink =
            switch level {
            case .info: .blue
            case .warning: .yellow
            case .error: .red
            }
        let clock = DateText.format(time).dropFirst(11).dropLast()
        var line = "\(style.dim(String(clock)))  \(style.paint(Shown.padded(level.rawValue, to: 7), ink))  \(message)"
        for (name, value) in facts { line += "  \(style.dim("\(name)="))\(Shown.safe(value))" }
        return line
    }

    static func json(
        _ time: Timestamp, _ level: ServerLog.Level, _ message: String, _ facts: [(name: String, value: String)]
    ) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("time", DateText.format(time))
        writer.member("level", level.rawValue)
        writer.member("message", message)
        for (name, value) in facts {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
        return writer.json.text
    }
}
