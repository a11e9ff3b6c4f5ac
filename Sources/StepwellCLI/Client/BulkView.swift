import StepwellModel

/// Work on many runs as the API tells of it.
struct BulkView: Sendable {
    var id: String
    var action: String
    var state: String
    /// The conditions of its filter, as people would give them.
    var filter: [String]
    var rate: Int64?
    var createdAt: Timestamp
    var endedAt: Timestamp?
    var percent: Int64
    var found: Int64
    var done: Int64
    var refused: Int64
}

extension BulkView {
    /// - Throws: ``CommandFailure`` when the server is of a version that writes something else.
    init(_ json: JSONSlice) throws(CommandFailure) {
        id = try json.text("id")
        action = try json.text("action")
        state = try json.text("state")
        rate = json["rate"]?.integer
        createdAt = try json.time("created_at")
        endedAt = json.optionalTime("ended_at")
        percent = try json.integer("percent")
        found = try json.integer("found")
        done = try json.integer("done")
        refused = try json.integer("refused")
        filter = ["function", "status", "from", "until", "if"].compactMap { name in
            guard let value = json.value(at: ["filter", name]), !value.isNull else { return nil }
            let text = value.string ?? value.elements?.compactMap(\.string).joined(separator: ",") ?? ""
            return "\(name) \(text)"
        }
    }

    // MARK: - As text

    /// A table in the order given; no line for none.
    static func table(_ works: [BulkView], style: Style, columns: Int?) -> [String] {
        guard !works.isEmpty else { return [] }
        var table = Table(header: ["ID", "ACTION", "STATE", "DONE", "WAY", "BEGUN", "WHICH"], flexible: [6])
        for work in works {
            table.rows.append([
                .init(work.id), .init(work.action), .init(work.state, Self.ink(ofState: work.state)),
                .init("\(work.done)"), .init("\(work.percent) %"), .init(RunText.date(work.createdAt)),
                .init(work.filter.joined(separator: "; ")),
            ])
        }
        return table.lines(style: style, columns: columns)
    }

    func lines(style: Style) -> [String] {
        var lines = [
            "\(style.bold(Shown.safe(id)))  \(Shown.safe(action))  \(style.paint(state, Self.ink(ofState: state)))"
        ]
        func add(_ name: String, _ value: String) {
            lines.append("  \(style.dim(Shown.padded(name, to: 6)))  \(Shown.safe(value))")
        }
        for condition in filter { add("which", condition) }
        if let rate { add("rate", "\(rate) a second") }
        add("begun", RunText.date(createdAt))
        if let endedAt { add("ended", "\(RunText.date(endedAt)), after \(SpanText.of((endedAt - createdAt).count))") }
        add("way", "\(percent) %")
        add("found", "\(found) \(found == 1 ? "run" : "runs")")
        add("done", "\(done)")
        if refused > 0 { add("not", "\(refused), since their function is archived") }
        return lines
    }

    private static func ink(ofState state: String) -> Style.Ink? {
        switch state {
        case "completed": .green
        case "stopped": .yellow
        default: .cyan
        }
    }
}
