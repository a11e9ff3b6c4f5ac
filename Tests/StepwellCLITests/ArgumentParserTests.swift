import StepwellModel
import Testing

@testable import StepwellCLI

struct ArgumentParserTests {
    private static let port = Option<UInt16>("port", .port, letter: "p", default: 1, help: "a port")
    private static let name = Option<String?>("name", .text("NAME"), help: "a name")
    private static let hosts = Option<[String]>(list: "host", .text("HOST"), letter: "H", help: "a host")
    private static let loud = Option<Bool>(switch: "loud", letter: "l", help: "loud")
    private static let once = Option<Bool>(switch: "once", letter: "o", help: "once").grouped(
        "General", isSetting: false)
    private static let span = Option<Milliseconds?>("span", .span(atLeast: .zero), help: "a span")

    private static let syntax = CommandSyntax(
        name: "try", abstract: "Try it",
        operands: [.init(name: "WHAT", help: "what to try"), .init(name: "HOW", isRequired: false, help: "how")],
        options: [
            port.declaration, name.declaration, hosts.declaration, loud.declaration, once.declaration, span.declaration,
        ])

    private func parse(_ words: String...) throws -> Arguments { try Arguments(parsing: words, for: Self.syntax) }

    private func refusal(_ words: String...) -> String? {
        let error = #expect(throws: CommandFailure.self) {
            let arguments = try Arguments(parsing: words, for: Self.syntax)
            _ = try arguments.value(Self.port)
            _ = try arguments.value(Self.span)
            _ = try arguments.value(Self.loud)
        }
        #expect(error?.code == .usage)
        return error?.message
    }

    // MARK: - Forms

    @Test(
        arguments: [
            ["--port", "9", "x"], ["--port=9", "x"], ["-p", "9", "x"], ["-p9", "x"], ["-p=9", "x"],
            ["x", "--port", "9"],
            ["-lp", "9", "x"], ["-lp9", "x"], ["--port", "9", "--", "x"],
        ])
    func `a value may be written in every usual form`(words: [String]) throws {
        let arguments = try Arguments(parsing: words, for: Self.syntax)
        #expect(try arguments.value(Self.port) == 9)
        #expect(arguments.operands == ["x"])
    }

    @Test func `what follows two dashes is never a flag`() throws {
        #expect(try parse("--", "--loud", "-p").operands == ["--loud", "-p"])
        #expect(try parse("-").operands == ["-"])
    }

    @Test func `a switch is on when it is named, and can be turned off`() throws {
        #expect(try parse("x").value(Self.loud) == false)
        #expect(try parse("x", "--loud").value(Self.loud))
        #expect(try parse("x", "--loud=no").value(Self.loud) == false)
    }

    @Test func `a list gathers its values in order, and an empty value is a value`() throws {
        #expect(try parse("x", "--host", "a", "-H", "b", "--host=c").value(Self.hosts) == ["a", "b", "c"])
        #expect(try parse("x", "--name=a=b").value(Self.name) == "a=b")
    }

    @Test(
        arguments: [
            (
                ["--prot", "9", "x"],
                "SW0520: `stepwell try` has no flag --prot. Did you mean --port? `stepwell try --help` lists all."
            ),
            (["--zzz"], "SW0520: `stepwell try` has no flag --zzz. `stepwell try --help` lists all."),
            (["-z"], "SW0520: `stepwell try` has no flag -z. `stepwell try --help` lists all."),
            (["x", "--port"], "SW0521: --port needs a value: --port PORT."),
            (["x", "-p"], "SW0521: -p needs a value: -p PORT."),
            (["x", "--port", "1", "--port", "2"], "SW0521: --port is given twice. Give it once."),
            ([], "SW0521: `stepwell try` needs WHAT: what to try. `stepwell try --help` shows how."),
            (["x", "--port", "99999"], "SW0521: --port must be a port from 0 (any free one) to 65535."),
            (["x", "-p", "-1"], "SW0521: -p must be a port from 0 (any free one) to 65535."),
            (["x", "--loud=perhaps"], "SW0521: --loud must be true or false."),
            (["x", "--span", "5 minutes"], "SW0521: --span must be a span from 0s to 52w2d, such as 30s or 1m30s."),
        ] as [([String], String)])
    func `what cannot be followed is refused with what would be right`(words: [String], message: String) {
        let error = #expect(throws: CommandFailure.self) {
            let arguments = try Arguments(parsing: words, for: Self.syntax)
            _ = try arguments.value(Self.port)
            _ = try arguments.value(Self.span)
            _ = try arguments.value(Self.loud)
        }
        #expect(error?.message == message)
        #expect(error?.code == .usage)
    }

    @Test func `an argument too many is named`() {
        let message = refusal("x", "y", "two words")
        #expect(message?.contains("does not know what to do with \"two words\"") == true)
    }

    @Test(arguments: [("5", 5_000), ("5s", 5_000), ("1m30s", 90_000), ("0", 0), ("250ms", 250)])
    func `a span is a duration text, or seconds`(text: String, milliseconds: Int64) throws {
        #expect(try parse("x", "--span", text).value(Self.span) == Milliseconds(milliseconds))
    }

    // MARK: - Precedence

    @Test(
        arguments: [
            ("--port 2", ["STEPWELL_PORT": "3", "INNGEST_PORT": "4"], "{\"port\":5}", 2, "--port"),
            ("", ["STEPWELL_PORT": "3", "INNGEST_PORT": "4"], "{\"port\":5}", 3, "STEPWELL_PORT"),
            ("", ["INNGEST_PORT": "4"], "{\"port\":5}", 4, "INNGEST_PORT"),
            ("", ["STEPWELL_PORT": "", "INNGEST_PORT": "4"], "{}", 4, "INNGEST_PORT"),
            ("", [:], "{\"port\":5}", 5, "\"port\" in f.json"),
            ("", ["OTHER_PORT": "7"], "{}", 1, nil),
        ] as [(String, [String: String], String, UInt16, String?)])
    func `a flag wins over the environment, that over the file, that over the default`(
        flags: String, environment: [String: String], file: String, port: UInt16, origin: String?
    ) throws {
        var arguments = try Arguments(parsing: ["x"] + flags.split(separator: " ").map(String.init), for: Self.syntax)
        arguments.fill(from: environment, for: Self.syntax)
        let options = Self.syntax.options
        arguments.fill(
            from: try ConfigurationFile(path: "f.json", bytes: Array(file.utf8), options: options), for: Self.syntax)
        #expect(try arguments.value(Self.port) == port)
        #expect(arguments.origin(of: Self.port) == origin)
    }

    @Test func `a list in the environment has commas, and is not mixed with flags`() throws {
        var arguments = try parse("x")
        arguments.fill(from: ["STEPWELL_HOST": "a, b,,c"], for: Self.syntax)
        #expect(try arguments.value(Self.hosts) == ["a", "b", "c"])
        var flagged = try parse("x", "--host", "z")
        flagged.fill(from: ["STEPWELL_HOST": "a,b"], for: Self.syntax)
        #expect(try flagged.value(Self.hosts) == ["z"])
    }

    @Test func `what makes sense for one call only is not taken from elsewhere`() throws {
        var arguments = try parse("x")
        arguments.fill(from: ["STEPWELL_ONCE": "true", "STEPWELL_LOUD": "true"], for: Self.syntax)
        #expect(try arguments.value(Self.once) == false)
        #expect(try arguments.value(Self.loud))
    }

    @Test func `a wrong value is refused under the name of the place where it stands`() throws {
        var arguments = try parse("x")
        arguments.fill(from: ["INNGEST_PORT": "many"], for: Self.syntax)
        let error = #expect(throws: CommandFailure.self) { try arguments.value(Self.port) }
        #expect(error?.message == "SW0521: INNGEST_PORT must be a port from 0 (any free one) to 65535.")
    }
}
