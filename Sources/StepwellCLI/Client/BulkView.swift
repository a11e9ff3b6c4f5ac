import StepwellModel

/// Work on many runs or events as the API tells of it.
struct BulkView: Sendable {
    var id: String
    var action: String
    var state: String
    /// The conditions of its filter, as people would give them.
    var filter: [String]
    var rate: Int64?
    var limit: Int64?
    /// The step from which runs are repeated, and what it runs with.
    var fromStep: String?
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
        limit = json["limit"]?.integer
        fromStep = json.value(at: ["from_step", "step"])?.string.map { step in
            let input = json.value(at: ["from_step", "input"]).flatMap { $0.isNull ? nil : $0.text }
            return input.map { "\(step) with \($0)" } ?? step
        }
        createdAt = try json.time("created_at")
        endedAt = json.optionalTime("ended_at")
        percent = try json.integer("percent")
        found = try json.integer("found")
        done = try json.integer("done")
        refused = try json.integer("refused")
        filter = ["function", "status", "event", "from", "until", "if"].compactMap { name in
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
        if let fromStep { add("step", fromStep) }
        if let limit { add("limit", "\(limit)") }
        if let rate { add("rate", "\(rate) a second") }
        add("begun", RunText.date(createdAt))
        if let endedAt { add("ended", "\(RunText.date(endedAt)), after \(SpanText.of((endedAt - createdAt).count))") }
        add("way", "\(percent) %")
        add("found", "\(found) \(action == "resend" ? "event" : "run")\(found == 1 ? "" : "s")")
        add("done", "\(done)")
        if refused > 0 { add("not", "\(refused), since \(refusal)") }
        return lines
    }

    /// Why some of what was found was left as it is.
    private var refusal: String {
        if action == "resend" { return "they cannot be sent again" }
        return fromStep == nil ? "their function is archived" : "they have no such step, or their function is archived"
    }

    private static func ink(ofState state: String) -> Style.Ink? {
        switch state {
        case "completed": .green
        case "stopped", "limit_reached": .yellow
        default: .cyan
        }
    }
}
