import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellServer

/// What the commands that begin bulk work have in common.
enum BulkBegin {
    enum Verb: String {
        case cancel
        case rerun
        case replay
        case resend

        var action: String { self == .replay ? "rerun" : rawValue }

        /// What the filter finds.
        var noun: String { self == .resend ? "event" : "run" }

        /// What is told of it: "12 runs would be …".
        var participle: String {
            switch self {
            case .cancel: "cancelled"
            case .rerun, .replay: "run again"
            case .resend: "sent again"
            }
        }
    }

    private static let functions = Option<[String]>(
        list: "function", .text("SLUG"), help: "Only runs of this function, named <app>-<function>"
    ).grouped("Which", isSetting: false)
    private static let app = Option<String?>("app", .text("APP"), help: "Only runs of this app's functions")
        .grouped("Which", isSetting: false)
    private static let statuses = Option<[RunStatus]>(list: "status", .runStatus, letter: "s", help: "Only such runs")
        .grouped("Which", isSetting: false)
    private static let events = Option<[String]>(list: "event", .text("NAME"), help: "Only events of this name")
        .grouped("Which", isSetting: false)
    private static let since = Option<TimeArgument?>(
        "since", .time,
        help: "Only what was queued or received at this time or later: 2026-01-31T09:30:00Z, or 2h for two hours ago"
    ).grouped("Which", isSetting: false)
    private static let until = Option<TimeArgument?>(
        "until", .time, help: "Only what was queued or received before this time"
    )
    .grouped("Which", isSetting: false)
    private static let condition = Option<String?>(
        "if", .text("EXPRESSION"), help: "Only what it holds for, over the event, such as 'event.data.n > 7'"
    ).grouped("Which", isSetting: false)
    private static let rate = Option<Int?>(
        "rate", .rate, help: "At most so many a second; default: as many as go"
    ).grouped("How", isSetting: false)
    private static let limit = Option<Int?>(
        "limit", .count(1...1_000_000_000), letter: "n",
        help: "At most so many in all; default: all that the filter finds"
    ).grouped("How", isSetting: false)
    private static let isDry = Option<Bool>(switch: "dry-run", help: "Only count what the filter finds")
        .grouped("How", isSetting: false)

    static func syntax(
        _ verb: Verb, abstract: String, discussion: [String], examples: [CommandSyntax.Example]
    ) -> CommandSyntax {
        CommandSyntax(
            name: "bulk \(verb)", abstract: abstract,
            discussion: discussion + [
                "The server does it by itself, also through a restart; the id that is printed is for `stepwell bulk show` and "
                    + "`stepwell bulk stop`. \(verb == .resend ? "Events that come" : "Runs that are queued") later are not "
                    + "among them."
            ],
            options: which(verb) + [since.declaration, until.declaration, condition.declaration]
                + (verb.action == "rerun" ? FromStepOptions.declarations : []) + [
                    rate.declaration, limit.declaration, isDry.declaration, SharedOptions.url.declaration,
                    SharedOptions.token.declaration, SharedOptions.data.declaration,
                    SharedOptions.configuration.declaration, SharedOptions.json.declaration,
                    SharedOptions.help.declaration,
                ],
            examples: examples)
    }

    private static func which(_ verb: Verb) -> [OptionDeclaration] {
        switch verb {
        case .resend: [events.declaration]
        case .replay: [functions.declaration, app.declaration]
        case .cancel, .rerun: [functions.declaration, app.declaration, statuses.declaration]
        }
    }

    static func run(
        _ verb: Verb, _ arguments: Arguments, in context: CommandContext
    ) throws(CommandFailure) -> ExitCode {
        let isDry = try arguments.value(isDry)
        let client = try APIClient(arguments, in: context)
        let json = try client.post("/api/bulk", try body(verb, arguments, context, isDry: isDry)).json
        let terminal = context.terminal
        if try arguments.value(SharedOptions.json) {
            terminal.line(json.text)
        } else if isDry {
            let count = try json.slice.integer("found")
            let atLeast = json["is_complete"]?.bool == false ? "At least " : ""
            terminal.line("\(atLeast)\(count) \(verb.noun)\(count == 1 ? "" : "s") would be \(verb.participle).")
        } else {
            let id = Shown.safe(try json.slice.text("id"))
            terminal.line(id)
            terminal.errorLine(terminal.style.dim("How far it is: stepwell bulk show \(id)"))
        }
        return .success
    }

    private static func body(
        _ verb: Verb, _ arguments: Arguments, _ context: CommandContext, isDry: Bool
    ) throws(CommandFailure) -> RawJSON {
        let start = try FromStepOptions.read(arguments, context)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("action", verb.action)
        writer.key("filter")
        try writeFilter(arguments, to: &writer)
        if let start {
            writer.key("from_step")
            writer.beginObject()
            writer.member("step", start.step)
            writer.member(optional: "input", start.input)
            writer.endObject()
        }
        writer.member(optional: "limit", try arguments.value(limit))
        writer.member(optional: "rate", try arguments.value(rate))
        writer.member("dry_run", isDry)
        writer.endObject()
        return writer.json
    }

    private static func writeFilter(_ arguments: Arguments, to writer: inout JSONWriter) throws(CommandFailure) {
        let now = SystemClock.wall()
        let lists: [(name: StaticString, texts: [String])] = [
            ("function", try arguments.value(functions)), ("event", try arguments.value(events)),
            ("status", try arguments.value(statuses).map(\.text)),
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
            throw ValueProblem(expected: "a whole number a second from 1 to 100000")
        }
        return rate
    }
}
