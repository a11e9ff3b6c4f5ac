import Testing

@testable import StepwellCLI

struct CronNextTests {
    @Test func `times are shown as local clocks show them, and in UTC`() {
        let session = Session()
        #expect(
            session.run("cron", "next", "TZ=Europe/Paris 0 9 * * mon", "-n", "2", "--from", "2026-03-20") == .success)
        #expect(
            session.terminal.out == """
                LOCAL                          ZONE          UTC
                Mon 2026-03-23 09:00:00+01:00  Europe/Paris  2026-03-23 08:00:00Z
                Mon 2026-03-30 09:00:00+02:00  Europe/Paris  2026-03-30 07:00:00Z

                """)
        #expect(session.terminal.error.isEmpty)
    }

    @Test func `JSON has both times as RFC 3339`() {
        let session = Session()
        #expect(
            session.run(
                "cron", "next", "CRON_TZ=America/St_Johns 30 1 * * *", "-n", "1", "--from", "2026-11-24", "--json")
                == .success)
        #expect(
            session.terminal.out == """
                {"schedule":"CRON_TZ=America/St_Johns 30 1 * * *","zone":"America/St_Johns","times":[\
                {"utc":"2026-11-24T05:00:00.000Z","local":"2026-11-24T01:30:00-03:30"}]}

                """)
    }

    @Test func `without a zone times are UTC, five of them, from now on`() throws {
        let session = Session()
        #expect(session.run("cron", "next", "* * * * *") == .success)
        let lines = session.terminal.out.split(separator: "\n")
        #expect(lines.count == 6)
        #expect(lines.dropFirst().allSatisfy { $0.contains("+00:00  UTC   ") })
    }

    @Test func `times end with the year 9999`() {
        let session = Session()
        #expect(session.run("cron", "next", "0 0 1 1 *", "--from", "9998-06-01") == .success)
        #expect(session.terminal.out.split(separator: "\n").count == 2)
    }

    @Test(
        arguments: [
            (
                "0 24 * * *", .usage,
                "SW0528: the schedule \"0 24 * * *\" has \"24\" as its hour; write *, numbers from 0 to 23, ranges, steps or "
                    + "lists of them."
            ),
            (
                "@daily", .usage,
                "SW0528: the schedule \"@daily\" must have five fields; descriptors such as @daily are not accepted."
            ),
            (
                "0 9 * *\u{1B}", .usage,
                "SW0528: the schedule \"0 9 * *\\u{1b}\" must have five fields (minute, hour, day of month, month, day of "
                    + "week), found 4."
            ),
            (
                "TZ=Europe/Paaris 0 9 * * *", .usage,
                "SW0311: the schedule's TZ= names \"Europe/Paaris\", which is no time zone; name one such as TZ=Europe/Paris."
            ),
            ("0 0 30 2 *", .failure, "SW0529: the schedule \"0 0 30 2 *\" never fires: no day to come matches it."),
        ] as [(String, ExitCode, String)])
    func `what cannot be followed is refused with what would be right`(text: String, code: ExitCode, message: String) {
        let session = Session()
        #expect(session.run("cron", "next", text) == code)
        #expect(session.terminal.error == "stepwell: \(message)\n")
        #expect(session.terminal.out.isEmpty)
    }

    @Test func `the fields without quotes are too many arguments`() {
        let session = Session()
        #expect(session.run("cron", "next", "0", "9", "*", "*", "*") == .usage)
        #expect(session.terminal.error.contains("SW0521"))
        #expect(session.terminal.error.contains("Quote values that hold spaces"))
    }

    @Test func `the first word alone is told its verb`() {
        let session = Session()
        #expect(session.run("cron") == .usage)
        #expect(session.terminal.error.contains("`stepwell cron` needs a verb: `stepwell cron next`"))
    }
}
