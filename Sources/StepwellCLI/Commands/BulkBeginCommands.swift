import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellServer

/// `stepwell bulk cancel`
enum BulkCancelCommand: Command {
    static let syntax = BulkBegin.syntax(
        "cancel", abstract: "End many runs",
        discussion: [
            "All unfinished runs that the filter finds are ended, the oldest first, as `stepwell runs cancel` would end each. "
                + "--status queued or running chooses among them."
        ],
        examples: [
            .init(line: "stepwell bulk cancel --function orgs-create --dry-run", meaning: "how many would that be?"),
            .init(
                line: #"stepwell bulk cancel --app orgs --if 'event.data.accountId == "acme"'"#,
                meaning: "all of one account"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        try BulkBegin.run(.cancel, arguments, in: context)
    }
}

/// `stepwell bulk rerun`
enum BulkRerunCommand: Command {
    static let syntax = BulkBegin.syntax(
        "rerun", abstract: "Run many runs again",
        discussion: [
            "Each run that the filter finds is run again from its beginning, once, the oldest first, as `stepwell runs rerun` "
                + "would. Without --status those that failed."
        ],
        examples: [
            .init(
                line: "stepwell bulk rerun --function orgs-create --status cancelled --since 2h --rate 20",
                meaning: "what was cancelled by mistake, 20 a second")
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        try BulkBegin.run(.rerun, arguments, in: context)
    }
}

/// `stepwell bulk replay`
enum BulkReplayCommand: Command {
    static let syntax = BulkBegin.syntax(
        "replay", abstract: "Run again what failed in a time",
        discussion: [
            "Each run that failed and was queued at --since or later is run again from its beginning, once, the oldest first."
        ],
        hasStatus: false,
        examples: [
            .init(
                line: "stepwell bulk replay --since 2026-01-31T09:00:00Z --until 2026-01-31T10:00:00Z --dry-run",
                meaning: "after an outage of an hour")
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        guard arguments.isSet("since") else {
            throw .usage("SW0521: `stepwell bulk replay` needs --since: the time from which what failed is run again.")
        }
        return try BulkBegin.run(.replay, arguments, in: context)
    }
}

/// What the three commands have in common.
private enum BulkBegin {
    enum Verb: String {
        case cancel
        case rerun
        case replay

        var action: String { self == .cancel ? "cancel" : "rerun" }
        /// What is told of the runs: "12 runs would be …".
        var participle: String { self == .cancel ? "cancelled" : "run again" }
    }

    private static let functions = Option<[String]>(
        list: "function", .text("SLUG"), help: "Only runs of this function, named <app>-<function>"
    ).grouped("Which", isSetting: false)
    private static let app = Option<String?>("app", .text("APP"), help: "Only runs of this app's functions")
        .grouped("Which", isSetting: false)
    private static let statuses = Option<[RunStatus]>(list: "status", .runStatus, letter: "s", help: "Only such runs")
        .grouped("Which", isSetting: false)
    private static let since = Option<TimeArgument?>(
        "since", .time, help: "Only runs queued at this time or later: 2026-01-31T09:30:00Z, or 2h for two hours ago"
    ).grouped("Which", isSetting: false)
    private static let until = Option<TimeArgument?>("until", .time, help: "Only runs queued before this time")
        .grouped("Which", isSetting: false)
    private static let condition = Option<String?>(
        "if", .text("EXPRESSION"), help: "Only runs whose event it holds for, such as 'event.data.n > 7'"
    ).grouped("Which", isSetting: false)
    private static let rate = Option<Int?>(
        "rate", .rate, help: "At most so many runs a second; default: as many as go"
    ).grouped("How", isSetting: false)
    private static let isDry = Option<Bool>(switch: "dry-run", help: "Only count the runs that the filter finds")
        .grouped("How", isSetting: false)

    static func syntax(
        _ verb: String, abstract: String, discussion: [String], hasStatus: Bool = true,
        examples: [CommandSyntax.Example]
    ) -> CommandSyntax {
        CommandSyntax(
            name: "bulk \(verb)", abstract: abstract,
            discussion: discussion + [
                "The server does it by itself, also through a restart; the id that is printed is for `stepwell bulk show` and "
                    + "`stepwell bulk stop`. Runs that are queued later are not among them."
            ],
            options: [functions.declaration, app.declaration] + (hasStatus ? [statuses.declaration] : []) + [
                since.declaration, until.declaration, condition.declaration, rate.declaration, isDry.declaration,
                SharedOptions.url.declaration, SharedOptions.token.declaration, SharedOptions.data.declaration,
                SharedOptions.configuration.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
            ],
            examples: examples)
    }

    static func run(
        _ verb: Verb, _ arguments: Arguments, in context: CommandContext
    ) throws(CommandFailure) -> ExitCode {
        let isDry = try arguments.value(isDry)
        let client = try APIClient(arguments, in: context)
        let json = try client.post("/api/bulk", try body(verb, arguments, isDry: isDry)).json
        let terminal = context.terminal
        if try arguments.value(SharedOptions.json) {
            terminal.line(json.text)
        } else if isDry {
            let count = try json.slice.integer("found")
            let atLeast = json["is_complete"]?.bool == false ? "At least " : ""
            terminal.line("\(atLeast)\(count) \(count == 1 ? "run" : "runs") would be \(verb.participle).")
        } else {
            let id = Shown.safe(try json.slice.text("id"))
            terminal.line(id)
            terminal.errorLine(terminal.style.dim("How far it is: stepwell bulk show \(id)"))
        }
        return .success
    }

    private static func body(_ verb: Verb, _ arguments: Arguments, isDry: Bool) throws(CommandFailure) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("action", verb.action)
        writer.key("filter")
        try writeFilter(arguments, to: &writer)
        writer.member(optional: "rate", try arguments.value(rate))
        writer.member("dry_run", isDry)
        writer.endObject()
        return writer.json
    }

    private static func writeFilter(_ arguments: Arguments, to writer: inout JSONWriter) throws(CommandFailure) {
        let now = SystemClock.wall()
        let lists: [(name: StaticString, texts: [String])] = [
            ("function", try arguments.value(functions)), ("status", try arguments.value(statuses).map(\.text)),
        ]
        writer.beginObject()
        for list in lists where !list.texts.isEmpty {
            writer.key(list.name)
            writer.beginArray()
            for text in list.texts { writer.string(text) }
            writer.endArray()
        }
        writer.member(optional: "app", try arguments.value(app))
        writer.member(optional: "from", try arguments.value(since).map { DateText.format($0.timestamp(now: now)) })
        writer.member(optional: "until", try arguments.value(until).map { DateText.format($0.timestamp(now: now)) })
        writer.member(optional: "if", try arguments.value(condition))
        writer.endObject()
    }
}

extension ValueType where Value == Int {
    fileprivate static let rate = ValueType(placeholder: "N") { (text) throws(ValueProblem) in
        guard let rate = Int(text), (1...100_000).contains(rate) else {
            throw ValueProblem(expected: "a whole number of runs a second from 1 to 100000")
        }
        return rate
    }
}
