import Testing

@testable import StepwellCLI

struct HelpTests {
    @Test func `a command's page is made from its declaration`() {
        let session = Session()
        #expect(session.run("runs", "cancel", "--help") == .success)
        #expect(
            session.terminal.out == """
                End a run.

                Usage: stepwell runs cancel RUN [OPTIONS]

                The run makes no further call; a step that is under way in an app is not interrupted, and its result
                is not recorded.

                Arguments:
                  RUN  the run's id, as `stepwell runs` lists it

                Server:
                      --url URL      The server's address; default: http://127.0.0.1:8288
                      --token TOKEN  The operator's token; default: what the token file beside the data file holds
                      --data FILE    The server's data file, beside which the token file FILE.token is; default:
                                     stepwell.db

                General:
                      --config FILE  Read settings from this JSON file; default: stepwell.json here or above, else
                                     in ~/.config/stepwell
                      --json         Write JSON for programs
                  -h, --help         Show this page

                Examples:
                  # no further step
                  stepwell runs cancel 01ARZ3NDEKTSV4RRFFQ69G5FAV

                """)
    }

    @Test(arguments: CommandLineTool.commands.map { $0.syntax.name })
    func `every command explains every option, in lines that fit`(name: String) throws {
        let words = name.split(separator: " ").map(String.init)
        let byHelp = Session()
        #expect(CommandLineTool.run(["help"] + words, in: byHelp.context) == .success)
        let byFlag = Session()
        #expect(CommandLineTool.run(words + ["-h"], in: byFlag.context) == .success)
        #expect(byFlag.terminal.out == byHelp.terminal.out)
        let syntax = try CommandLineTool.find(words).command.syntax
        for option in syntax.options { #expect(byHelp.terminal.out.contains("--\(option.name)")) }
        #expect(Set(syntax.options.map(\.name)).count == syntax.options.count)
        let letters = syntax.options.compactMap(\.letter)
        #expect(Set(letters).count == letters.count)
        let prose = byHelp.terminal.out.split(separator: "\nExamples:")[0]
        for line in prose.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
        #expect(byHelp.terminal.error.isEmpty)
    }

    @Test func `an option has one meaning wherever environment and file can set it`() {
        var seen: [String: Bool] = [:]
        for option in CommandLineTool.commands.flatMap({ $0.syntax.options }) where option.isSetting {
            if let isList = seen[option.name] { #expect(isList == option.isList, "\(option.name)") }
            seen[option.name] = option.isList
        }
    }

    @Test func `without a command the overview is shown, as an error`() {
        let session = Session()
        #expect(CommandLineTool.run([], in: session.context) == .usage)
        #expect(session.terminal.out.isEmpty)
        for command in CommandLineTool.commands { #expect(session.terminal.error.contains(command.syntax.abstract)) }
        let asked = Session()
        #expect(asked.run("--help") == .success)
        #expect(asked.terminal.out == session.terminal.error)
    }

    @Test(
        arguments: [
            (
                ["rnus"],
                "SW0520: there is no command \"rnus\". Did you mean stepwell runs? `stepwell help` lists all commands."
            ),
            (
                ["help", "runs", "all"],
                "SW0520: `stepwell runs` has no subcommand \"all\". `stepwell runs --help` explains it."
            ),
            (
                ["runs", "sho", "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
                "SW0520: `stepwell runs` has no subcommand \"sho\". Did you mean stepwell runs show? "
                    + "`stepwell runs --help` explains it."
            ),
            (
                ["events", "--help"],
                "SW0520: `stepwell events` needs a verb: `stepwell events list`, `stepwell events show`, `stepwell events resend`. "
                    + "Each explains itself with --help."
            ),
            (["help", "send", "me"], "SW0520: `stepwell send` has no subcommand \"me\"."),
            (
                ["version", "--loud"],
                "SW0520: `stepwell version` has no flag --loud. `stepwell version --help` lists all."
            ),
        ])
    func `an unknown command is refused with the nearest one`(words: [String], message: String) {
        let session = Session()
        #expect(CommandLineTool.run(words, in: session.context) == .usage)
        #expect(session.terminal.error == "stepwell: \(message)\n")
    }

    @Test func `the version is a line, or JSON`() {
        let text = Session()
        #expect(text.run("version") == .success)
        #expect(text.terminal.out == "stepwell 0.1.0\n")
        let json = Session()
        #expect(json.run("version", "--json") == .success)
        #expect(json.terminal.out == "{\"version\":\"0.1.0\"}\n")
        let flag = Session()
        #expect(flag.run("--version") == .success)
        #expect(flag.terminal.out == text.terminal.out)
    }
}
