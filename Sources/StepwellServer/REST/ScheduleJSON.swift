import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellStore

/// A function's triggers by the calendar, as the operator's API writes them.
enum ScheduleJSON {
    /// When each fires next, its jitter included. Those of an archived function do not fire.
    static func write(of function: FunctionRow, at now: Timestamp, to writer: inout JSONWriter) {
        writer.beginArray()
        for schedule in schedules(of: function) {
            let next = function.archivedAt == nil ? schedule.nextDue(after: now, function: function.key) : nil
            writer.beginObject()
            writer.member("cron", schedule.expression)
            writer.member(nullable: "next_at", next.map(DateText.format))
            writer.endObject()
        }
        writer.endArray()
    }

    /// What is stored was checked when it was registered.
    private static func schedules(of function: FunctionRow) -> [ScheduleTrigger] {
        let declared = (try? RegisteredFunction(function.configuration.slice))?.configuration.triggers ?? []
        return declared.compactMap { trigger in
            guard case .cron(let expression, let jitter) = trigger else { return nil }
            return try? ScheduleTrigger(expression: expression, jitter: jitter, zones: ZoneDirectory().finder)
        }
    }
}
