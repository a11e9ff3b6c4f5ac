import StepwellModel
import StepwellServer
import Testing

@testable import StepwellCLI

struct OutputTests {
    private func runs() throws -> [RunView] {
        func run(_ id: String, _ status: String, _ event: String, _ ended: String) -> String {
            """
            {"id":"\(id)","status":"\(status)","app":"a","function":"app-a-function-with-a-rather-long-name","function_version":1,
            "event_id":null,"event_name":\(event),"queued_at":"2026-01-31T09:30:00.000Z","started_at":null,"ended_at":\(ended)}
            """
        }
        let page = """
            {"data":[\(run("01ARZ3NDEKTSV4RRFFQ69G5FAV", "running", "null", "null")),
            \(run("01ARZ3NDEKTSV4RRFFQ69G5FAA", "completed", "\"app/user.created\"", "\"2026-01-31T09:30:01.250Z\""))],"next":null}
            """
        return try RunView.page(try RawJSON(validating: Array(page.utf8)))
    }

    @Test func `a list is a table as wide as it needs to be`() throws {
        let lines = RunText.table(try runs(), style: .plain, columns: nil)
        #expect(
            lines == [
                "RUN                         STATUS     FUNCTION                                EVENT             QUEUED                TOOK",
                "01ARZ3NDEKTSV4RRFFQ69G5FAV  running    app-a-function-with-a-rather-long-name  -                 2026-01-31 09:30:00Z  -",
                "01ARZ3NDEKTSV4RRFFQ69G5FAA  completed  app-a-function-with-a-rather-long-name  app/user.created  2026-01-31 09:30:00Z  1.2 s",
            ])
    }

    @Test func `on a narrow terminal names give way, ids do not`() throws {
        let lines = RunText.table(try runs(), style: .plain, columns: 100)
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(lines[1].hasPrefix("01ARZ3NDEKTSV4RRFFQ69G5FAV  running    app-a-functi"))
        #expect(lines[1].contains("…"))
    }

    @Test func `colours are for terminals`() throws {
        #expect(RunText.table(try runs(), style: .plain, columns: nil).allSatisfy { !$0.contains("\u{1B}") })
        let coloured = RunText.table(try runs(), style: Style(isOn: true), columns: nil)
        #expect(coloured[2].contains("\u{1B}[32mcompleted\u{1B}[0m"))
        #expect(StandardTerminal(environment: ["NO_COLOR": "1"]).style.isOn == false)
    }

    @Test(
        arguments: [
            (0, "0 ms"), (-5, "0 ms"), (999, "999 ms"), (1_000, "1.0 s"), (59_999, "59.9 s"), (60_000, "1 min"),
            (65_000, "1 min 5 s"), (3_600_000, "1 h"), (12_000_000, "3 h 20 min"), (187_200_000, "2 d 4 h"),
        ] as [(Int64, String)])
    func `spans are told in two units at most`(milliseconds: Int64, text: String) {
        #expect(SpanText.of(milliseconds) == text)
    }

    @Test(
        arguments: [
            ("plain ü 日本", "plain ü 日本"), ("a\u{1B}[31mb", "a\\u{1b}[31mb"), ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{9B}31m", "\\u{9b}31m"), ("\u{202E}evil", "\\u{202e}evil"), ("\u{7F}", "\\u{7f}"),
        ])
    func `what comes from elsewhere cannot steer the terminal`(text: String, shown: String) {
        #expect(Shown.safe(text) == shown)
    }

    @Test func `live lines are written over on a terminal and left out of a pipe`() {
        let pipe = RecordingTerminal()
        var lines = LiveLines(pipe)
        lines.update(adding: ["one"], live: ["busy"])
        lines.update(adding: ["two"], live: [])
        #expect(pipe.out == "one\ntwo\n")
        let screen = RecordingTerminal(isLive: true, columns: 10)
        lines = LiveLines(screen)
        lines.update(adding: ["one"], live: ["busy", "a line that is too long"])
        lines.update(adding: ["two"], live: [])
        #expect(screen.out == "one\nbusy\na line th…\n\u{1B}[2A\r\u{1B}[Jtwo\n")
    }

    @Test(
        arguments: [
            ("0123456789abcdef0123", "0123…"), ("short", "…"), ("signkey-prod-0123456789abcdef", "signkey-prod-0123…"),
            ("signkey-prod-abc", "signkey-prod-…"),
        ])
    func `a key is never shown in full`(key: String, shown: String) {
        #expect(Masked.key(key) == shown)
    }

    @Test func `the banner of start names keys by their beginnings`() {
        let banner = Banner(
            mode: .start, url: "http://127.0.0.1:8288", isExposed: false, dataPath: "/var/lib/stepwell.db",
            isTemporary: false, eventKeys: ["ab12…"], signingKey: "signkey-prod-cd34…",
            tokenPath: "/var/lib/stepwell.db.token", apps: "register themselves", warnings: ["mind the gap"])
        #expect(
            banner.text(style: .plain) == """
                stepwell 0.1.0 server

                  address     http://127.0.0.1:8288
                  events      POST http://127.0.0.1:8288/e/KEY
                  data        /var/lib/stepwell.db
                  durability  every batch is synced to the disk before it is acknowledged
                  access      event key ab12…; signing key signkey-prod-cd34…; a token for the API
                  token       in /var/lib/stepwell.db.token
                  apps        register themselves

                  warning     mind the gap


                """)
        #expect(
            banner.json.text == """
                {"mode":"start","version":"0.1.0","url":"http://127.0.0.1:8288","data":"/var/lib/stepwell.db",\
                "temporary":false,"durability":"full","token_file":"/var/lib/stepwell.db.token","warnings":["mind the gap"]}
                """)
    }

    @Test func `a log line has its facts behind it, as text or JSON`() throws {
        let time = try #require(DateText.parse("2026-01-31T09:30:00.123Z"))
        let facts = [(name: "app", value: "a\nb")]
        #expect(
            LogLines.text(time, .warning, "app not registered", facts, .plain)
                == "09:30:00.123  warning  app not registered  app=a\\nb")
        #expect(
            LogLines.json(time, .info, "app registered", facts)
                == #"{"time":"2026-01-31T09:30:00.123Z","level":"info","message":"app registered","app":"a\nb"}"#)
    }
}
