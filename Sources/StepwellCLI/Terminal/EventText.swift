import StepwellModel

/// Events, as people read them.
enum EventText {
    /// A table of events in the order given; no line for none.
    static func table(
        _ events: [JSONSlice], style: Style, columns: Int?
    ) throws(CommandFailure) -> [String] {
        guard !events.isEmpty else { return [] }
        var table = Table(header: ["EVENT", "NAME", "RECEIVED", "DATA"], flexible: [3, 1])
        for event in events {
            let data = event.value(at: ["payload", "data"])?.text ?? ""
            table.rows.append([
                .init(try event.text("id")), .init(try event.text("name")),
                .init(RunText.date(try event.time("received_at"))), .init(Shown.cut(data, to: 200), .dim),
            ])
        }
        return table.lines(style: style, columns: columns)
    }

    /// One event, whole.
    static func lines(_ event: JSONSlice, style: Style) throws(CommandFailure) -> [String] {
        var lines = [
            "\(style.bold(Shown.safe(try event.text("id"))))  \(Shown.safe(try event.text("name")))",
            "  \(style.dim("received"))  \(RunText.date(try event.time("received_at")))",
            "  \(style.dim("payload "))  \(Shown.safe(event["payload"]?.text ?? ""))",
        ]
        if let original = event["original_event_id"]?.string {
            let work = event["bulk_id"]?.string.map { ", by bulk work \($0)" } ?? ""
            lines.append("  \(style.dim("repeats "))  \(Shown.safe("event \(original)\(work)"))")
        }
        return lines
    }

    /// The functions that the event has started no run of, and why.
    static func dropped(_ event: JSONSlice, style: Style) throws(CommandFailure) -> [String] {
        var lines: [String] = []
        for start in event["dropped"]?.elements ?? [] {
            let run = start["run_id"]?.string.map { " (run \(Shown.safe($0)))" } ?? ""
            let reason = reason(try start.text("reason")) + run
            lines.append("  \(style.dim("no run of")) \(Shown.safe(try start.text("function"))): \(reason)")
        }
        return lines
    }

    private static func reason(_ name: String) -> String {
        switch name {
        case "rate_limit": "its rate limit or idempotency key allowed no more"
        case "debounce_replaced": "a later event took its place in the debounce"
        case "debounce_outdated": "the debounce had an event of a later time"
        case "repeated_id": "an event of the same id had started it within 24 hours"
        default: Shown.safe(name)
        }
    }
}
