import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellServer

/// `stepwell bulk cancel`
enum BulkCancelCommand: Command {
    static let syntax = BulkBegin.syntax(
        .cancel, abstract: "End many runs",
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
        .rerun, abstract: "Run many runs again",
        discussion: [
            "Each run that the filter finds is run again, once, the oldest first, as `stepwell runs rerun` would. Without --status "
                + "those that failed. With --from-step each run keeps the results that it had before that step; one that has "
                + "no such step, or several of that name, is left out and counted."
        ],
        examples: [
            .init(
                line: "stepwell bulk rerun --function orgs-create --status cancelled --since 2h --rate 20",
                meaning: "what was cancelled by mistake, 20 a second"),
            .init(
                line: #"stepwell bulk rerun --function orgs-charge --from-step charge --input '[{"currency": "EUR"}]'"#,
                meaning: "from a step, with other arguments"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        try BulkBegin.run(.rerun, arguments, in: context)
    }
}

/// `stepwell bulk replay`
enum BulkReplayCommand: Command {
    static let syntax = BulkBegin.syntax(
        .replay, abstract: "Run again what failed in a time",
        discussion: [
            "Each run that failed and was queued at --since or later is run again, once, the oldest first: from its beginning, or "
                + "with --from-step from that step."
        ],
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

/// `stepwell bulk resend`
enum BulkResendCommand: Command {
    static let syntax = BulkBegin.syntax(
        .resend, abstract: "Send many events once more",
        discussion: [
            "Each event that the filter finds is sent again, once, the oldest first, as `stepwell events resend` would. The "
                + "server's own events are never among them."
        ],
        examples: [
            .init(
                line: "stepwell bulk resend --event app/user.created --since 2h --until 1h --dry-run",
                meaning: "how many came in that hour?"),
            .init(
                line: #"stepwell bulk resend --event app/user.created --since 2h --if 'event.data.plan == "pro"'"#,
                meaning: "only some of them"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        try BulkBegin.run(.resend, arguments, in: context)
    }
}
