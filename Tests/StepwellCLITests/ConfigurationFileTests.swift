import Testing

@testable import StepwellCLI

struct ConfigurationFileTests {
    private let options = ServingOptions.shared + [ServingOptions.eventKeys.declaration]

    private func read(_ text: String) throws(CommandFailure) -> [String: [String]] {
        try ConfigurationFile(path: "stepwell.json", bytes: Array(text.utf8), options: options).texts
    }

    @Test func `numbers, texts, switches and lists become what flags would say`() throws {
        let texts = try read(
            #"{"port": 9000, "data": "a.db", "no-poll": true, "sdk-url": ["u", "v"], "event-key": "k", "call-timeout": 30}"#
        )
        #expect(
            texts == [
                "port": ["9000"], "data": ["a.db"], "no-poll": ["true"], "sdk-url": ["u", "v"], "event-key": ["k"],
                "call-timeout": ["30"],
            ])
    }

    @Test(
        arguments: [
            (#"{"prot": 1}"#, #"SW0522: stepwell.json has the key "prot", which is no setting. Did you mean "port"?"#),
            (#"{"help": true}"#, #"SW0522: stepwell.json has the key "help", which is no setting."#),
            (#"{"port": [1]}"#, #"SW0522: "port" in stepwell.json must be a text or a number."#),
            (#"{"port": null}"#, #"SW0522: "port" in stepwell.json must be a text or a number."#),
            (#"{"sdk-url": [{}]}"#, #"SW0522: "sdk-url" in stepwell.json must be an array of texts."#),
            (#"{"no-poll": {}}"#, #"SW0522: "no-poll" in stepwell.json must be true or false."#),
            ("[]", #"SW0522: stepwell.json must be a JSON object such as {"port": 8288}."#),
        ])
    func `what is no setting is refused`(text: String, message: String) {
        let error = #expect(throws: CommandFailure.self) { try read(text) }
        #expect(error == .usage(message))
    }

    @Test func `invalid JSON is refused with its place`() {
        let error = #expect(throws: CommandFailure.self) { try read("{\n  \"port\" 1\n}") }
        #expect(error?.message.contains("line 2, column 10: expected ':' after a member name") == true)
    }

    @Test func `the nearest file above counts, then the one in the home directory`() throws {
        let place = try TemporaryDirectory()
        let deep = place.makeDirectory("a")
        _ = place.makeDirectory("home")
        _ = place.makeDirectory("home/.config")
        let own = place.makeDirectory("home/.config/stepwell")
        #expect(ConfigurationFile.find(from: deep, home: "\(place.path)/home") == nil)
        let global = try place.write("{}", to: "home/.config/stepwell/stepwell.json")
        #expect(global == "\(own)/stepwell.json")
        #expect(ConfigurationFile.find(from: deep, home: "\(place.path)/home") == global)
        let above = try place.write("{}", to: "stepwell.json")
        #expect(ConfigurationFile.find(from: deep, home: "\(place.path)/home") == above)
        let here = try place.write("{}", to: "a/stepwell.json")
        #expect(ConfigurationFile.find(from: deep, home: nil) == here)
    }

    @Test func `a file that is named must be there`() {
        let session = Session()
        #expect(session.run("dev", "--config", "none.json") == .usage)
        #expect(
            session.terminal.error
                == "stepwell: SW0522: the configuration file /nowhere/none.json cannot be read: No such file or directory.\n"
        )
    }
}
