import StepwellCore
import StepwellModel

/// When a schedule fires, as people and programs read it.
struct FireTimes {
    var schedule: String
    var zoneName: String
    var zone: TimeZoneRules
    var times: [Timestamp]

    func lines(style: Style, columns: Int?) -> [String] {
        var table = Table(header: ["LOCAL", "ZONE", "UTC"])
        for time in times {
            let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][local(time).weekday]
            table.rows.append([
                .init("\(weekday) \(RunText.date(local(time).timestamp).dropLast())\(offset(time))"), .init(zoneName),
                .init(RunText.date(time)),
            ])
        }
        return table.lines(style: style, columns: columns)
    }

    var json: RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("schedule", schedule)
        writer.member("zone", zoneName)
        writer.key("times")
        writer.beginArray()
        for time in times {
            writer.beginObject()
            writer.member("utc", DateText.format(time))
            writer.member("local", localText(time))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.json
    }

    private func local(_ time: Timestamp) -> CivilTime {
        CivilTime(time + .seconds(Int64(zone.offset(at: time))))
    }

    /// RFC 3339 with the offset of that time: `2026-03-29T09:00:00+02:00`.
    private func localText(_ time: Timestamp) -> String {
        "\(DateText.formatSeconds(local(time).timestamp).dropLast())\(offset(time))"
    }

    /// `+02:00`. The seconds that some zones had before 1972 have no place in it.
    private func offset(_ time: Timestamp) -> String {
        let offset = zone.offset(at: time)
        let minutes = abs(offset) / 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
