import StepwellCore
import StepwellEngine
import StepwellModel

/// `stepwell cron next`
enum CronNextCommand: Command {
    private static let count = Option<Int>(
        "count", .count(1...1_000), letter: "n", default: 5, help: "How many times at most; default: 5"
    ).grouped("Which", isSetting: false)
    private static let from = Option<TimeArgument?>(
        "from", .time, help: "Only times after this one: 2026-01-31T09:30:00Z, or 2h for two hours ago; default: now"
    ).grouped("Which", isSetting: false)

    static let syntax = CommandSyntax(
        name: "cron next", abstract: "Show when a schedule fires next",
        discussion: [
            "Asks no server. Five fields: minute, hour, day of month, month, day of week. Times are UTC unless a zone stands "
                + "in front, whose rules are those of this machine's time zone database. Jitter is not added.",
            "A local time that clocks skip does not fire. One that comes twice fires at its first coming, or at both when "
                + "the hour is written with a star.",
        ],
        operands: [.init(name: "SCHEDULE", help: "the schedule, in quotes")],
        options: [
            count.declaration, from.declaration, SharedOptions.json.declaration, SharedOptions.help.declaration,
        ],
        examples: [
            .init(line: #"stepwell cron next "0 9 * * mon-fri""#, meaning: "nine in the morning, UTC"),
            .init(
                line: #"stepwell cron next "TZ=Europe/Paris 30 2 * * *" -n 3 --from 2026-03-28"#,
                meaning: "when clocks are put forward"),
        ])

    static func run(_ arguments: Arguments, in context: CommandContext) throws(CommandFailure) -> ExitCode {
        let text = arguments.operand(0) ?? ""
        let schedule = try schedule(text)
        let zone = try zone(schedule.zoneName ?? "UTC")
        let now = SystemClock.wall()
        var time = try arguments.value(from)?.timestamp(now: now) ?? now
        var times: [Timestamp] = []
        for _ in 0..<(try arguments.value(count)) {
            guard let next = schedule.next(after: time, in: zone) else { break }
            times.append(next)
            time = next
        }
        guard !times.isEmpty else {
            throw CommandFailure(.failure, "SW0529: the schedule \"\(text)\" never fires: no day to come matches it.")
        }
        let fires = FireTimes(schedule: text, zoneName: schedule.zoneName ?? "UTC", zone: zone, times: times)
        if try arguments.value(SharedOptions.json) {
            context.terminal.line(fires.json.text)
        } else {
            for line in fires.lines(style: context.terminal.style, columns: context.terminal.columns) {
                context.terminal.line(line)
            }
        }
        return .success
    }

    private static func schedule(_ text: String) throws(CommandFailure) -> CronSchedule {
        do throws(CronSyntaxError) {
            return try CronSchedule(text)
        } catch {
            throw .usage("SW0528: the schedule \"\(Shown.safe(text))\" \(error.problem).")
        }
    }

    private static func zone(_ name: String) throws(CommandFailure) -> TimeZoneRules {
        do throws(ZoneError) {
            return try ZoneDirectory().rules(named: name)
        } catch {
            throw .usage("\(error).")
        }
    }
}
