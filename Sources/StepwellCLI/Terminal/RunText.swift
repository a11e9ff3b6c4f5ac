import StepwellModel

/// Runs in lists.
enum RunText {
    static func ink(ofStatus status: String) -> Style.Ink? {
        switch status {
        case "completed", "done": .green
        case "failed": .red
        case "cancelled", "timed out": .yellow
        case "running": .cyan
        default: .dim
        }
    }

    /// A table of runs in the order given.
    static func table(_ runs: [RunView], style: Style, columns: Int?) -> [String] {
        var table = Table(header: ["RUN", "STATUS", "FUNCTION", "EVENT", "QUEUED", "TOOK"], flexible: [3, 2])
        for run in runs {
            table.rows.append([
                .init(run.id), .init(run.status, ink(ofStatus: run.status)), .init(run.function),
                .init((run.eventName ?? "-") + (run.cause.map { " (\($0))" } ?? "")), .init(date(run.queuedAt)),
                .init(took(run), run.isEnded ? nil : .dim),
            ])
        }
        return table.lines(style: style, columns: columns)
    }

    /// A line for a run that has a new status: what a log of runs consists of.
    static func change(_ run: RunView, style: Style) -> String {
        let at = run.endedAt ?? run.startedAt ?? run.queuedAt
        let status = style.paint(Shown.padded(run.status, to: 9), ink(ofStatus: run.status))
        let took = run.isEnded ? "  \(took(run))" : ""
        return "\(style.dim(clock(at)))  \(run.id)  \(status)  \(Shown.safe(run.function))\(style.dim(took))"
    }

    /// Since it was queued, for a run that has ended.
    static func took(_ run: RunView) -> String {
        run.endedAt.map { SpanText.of(($0 - run.queuedAt).count) } ?? "-"
    }

    /// `2026-01-31 09:30:00Z`: the zone is named, since people sit in many.
    static func date(_ time: Timestamp) -> String {
        let text = DateText.formatSeconds(time)
        return "\(text.prefix(10)) \(text.dropFirst(11))"
    }

    /// `09:30:00.123`
    static func clock(_ time: Timestamp) -> String { String(DateText.format(time).dropFirst(11).dropLast()) }
}
