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
}
