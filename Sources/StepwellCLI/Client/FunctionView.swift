import StepwellModel

/// A function as the API tells of it, as far as people are shown it.
struct FunctionView: Sendable {
    var slug: String
    var app: String?
    var version: Int64
    var state: String
    var stateSince: Timestamp?
    var isArchived: Bool
    var triggers: [String]
    /// When its schedules fire next.
    var nextFire: Timestamp?
    /// What it declares about when its runs go on.
    var limits: String
    /// How many runs it has, by status.
    var runs: [String: Int64]
}

extension FunctionView {
    /// - Throws: ``CommandFailure`` when the server is of a version that writes something else.
    init(_ json: JSONSlice) throws(CommandFailure) {
        slug = try json.text("slug")
        app = json["app"]?.string
        version = try json.integer("version")
        state = try json.text("state")
        stateSince = json.optionalTime("state_since")
        isArchived = json.present("archived_at") != nil
        triggers = (json["triggers"]?.elements ?? []).compactMap { $0["event"]?.string ?? $0["cron"]?.string }
        nextFire = (json["schedules"]?.elements ?? []).compactMap { $0.optionalTime("next_at") }.min()
        limits = json["configuration"].map { LimitsText.summary($0) } ?? ""
        runs = [:]
        json["runs"]?.forEachMember { status, count in runs[status.string] = count.integer }
    }

    static func list(_ json: RawJSON) throws(CommandFailure) -> [FunctionView] {
        guard let elements = json["data"]?.elements else { throw JSONSlice.unknownShape("data") }
        var functions: [FunctionView] = []
        for element in elements { functions.append(try FunctionView(element)) }
        return functions
    }

    /// A table of functions in the order given; no line for none.
    static func table(_ functions: [FunctionView], style: Style, columns: Int?) -> [String] {
        guard !functions.isEmpty else { return [] }
        var table = Table(
            header: ["FUNCTION", "STATE", "SINCE", "TRIGGERS", "NEXT", "QUEUED", "RUNNING", "FAILED", "LIMITS"],
            flexible: [8, 3, 0])
        for function in functions {
            let isActive = function.state == "active"
            let state = isActive && function.isArchived ? "archived" : function.state
            table.rows.append([
                .init(function.slug), .init(state, isActive ? .dim : .yellow),
                .init(isActive ? "-" : function.stateSince.map(RunText.date) ?? "-"),
                .init(function.triggers.joined(separator: ", ")), .init(function.nextFire.map(RunText.date) ?? "-"),
                .init("\(function.runs["queued"] ?? 0)"),
                .init("\(function.runs["running"] ?? 0)"), .init("\(function.runs["failed"] ?? 0)"),
                .init(function.limits.isEmpty ? "-" : Shown.safe(function.limits)),
            ])
        }
        return table.lines(style: style, columns: columns)
    }
}
