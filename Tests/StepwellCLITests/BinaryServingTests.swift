import Glibc
import StepwellHTTP
import StepwellModel
import Synchronization
import Testing

@testable import StepwellCLI

/// `stepwell dev` and `stepwell start`, as processes.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct BinaryServingTests {
    private static let eventKey = "0123456789abcdef0123456789abcdef"
    private static let signingKey = "signkey-prod-fedcba9876543210fedcba9876543210"
    private static let keys = ["STEPWELL_EVENT_KEY": eventKey, "INNGEST_SIGNING_KEY": signingKey]

    private func url(of process: Binary) throws -> String {
        let banner = try RawJSON(validating: Array(try process.firstLine().utf8))
        return try #require(banner["url"]?.string)
    }

    private func dev(_ more: String..., in place: TemporaryDirectory) throws -> Binary {
        try Binary(
            ["dev", "--json", "--no-discovery", "--no-poll", "--port", "0"] + more,
            environment: ["TMPDIR": place.path], in: place)
    }

    private func start(_ more: String..., in place: TemporaryDirectory) throws -> Binary {
        try Binary(["start", "--json", "--port", "0"] + more, environment: Self.keys, in: place)
    }

    // MARK: - Modes

    @Test func `dev tells where it is, keeps data in a temporary place, and leaves nothing behind`() throws {
        let place = try TemporaryDirectory()
        let process = try dev(in: place)
        let banner = try RawJSON(validating: Array(try process.firstLine().utf8))
        #expect(banner["mode"]?.string == "dev")
        #expect(banner["temporary"]?.bool == true)
        #expect(banner["durability"]?.string == "full")
        let data = try #require(banner["data"]?.string)
        #expect(data.hasPrefix("\(place.path)/stepwell-dev-"))
        #expect(access(data, F_OK) == 0)
        let sent = try Binary.run("send", "a/b", "--url", try url(of: process), in: place)
        #expect(sent.code == 0)
        #expect(ULID(sent.out.dropLast()) != nil)
        let end = try process.stop()
        #expect(end.code == 0)
        #expect(
            end.error == """
                stepwell: SIGTERM: stopping, no call is under way; the same signal again stops at once.
                stepwell: stopped; its temporary data is removed.

                """)
        #expect(access(data, F_OK) != 0)
    }

    @Test func `the banner for people has no colours in a pipe`() throws {
        let place = try TemporaryDirectory()
        let process = try Binary(
            ["dev", "--no-discovery", "--no-poll", "--port", "0", "--data", "d.db"], in: place)
        _ = try process.eventually("banner") { process.out.contains("apps  ") ? true : nil }
        #expect(process.out.hasPrefix("stepwell 0.1.0 development server\n\n  address     http://127.0.0.1:"))
        #expect(process.out.contains("  data        \(place.path)/d.db\n"))
        #expect(!process.out.contains("\u{1B}"))
        #expect(try process.stop(SIGINT).code == 0)
        #expect(access("\(place.path)/d.db", F_OK) == 0)
    }

    @Test func `start wants keys, and says how to make them`() throws {
        let place = try TemporaryDirectory()
        let bare = try Binary.run("start", in: place)
        #expect(bare.code == 2)
        #expect(
            bare.error == """
                stepwell: SW0525: `stepwell start` needs an event key (STEPWELL_EVENT_KEY or --event-key) and a signing key \
                (STEPWELL_SIGNING_KEY or --signing-key). Make each with: openssl rand -hex 32

                """)
        let wrong = try Binary.run(
            "start", environment: Self.keys.merging(["STEPWELL_SIGNING_KEY": "zz"]) { $1 }, in: place)
        #expect(wrong.code == 2)
        #expect(wrong.error.contains("STEPWELL_SIGNING_KEY must be an even number of hexadecimal digits"))
        #expect(access("\(place.path)/stepwell.db", F_OK) != 0)
    }

    @Test func `start keeps its data, guards its API with a token beside it, and shows no key`() throws {
        let place = try TemporaryDirectory()
        let elsewhere = try TemporaryDirectory()
        let process = try start(in: place)
        let url = try url(of: process)
        let token = "\(place.path)/stepwell.db.token"
        var facts = stat()
        #expect(stat(token, &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o600)
        let sent = try Binary.run("send", "a/b", "--url", url, environment: Self.keys, in: place)
        #expect(sent.code == 0)
        #expect(try Binary.run("send", "a/b", "--url", url, in: place).code == 1)
        // The token is found beside the data file, where there is one.
        #expect(try Binary.run("runs", "--url", url, in: place).code == 0)
        let refused = try Binary.run("runs", "--url", url, in: elsewhere)
        #expect(refused.code == 1)
        #expect(refused.error.contains("name that file with --data FILE, or give the token in STEPWELL_TOKEN"))
        #expect(try Binary.run("runs", "--url", url, "--data", "\(place.path)/stepwell.db", in: elsewhere).code == 0)
        for words in [["signal", "go"], ["functions", "invoke", "no-such"]] {
            // Refused with what helps where --data is the payload, and let in by environment and file alike.
            let refused = try Binary(words + ["--url", url], in: elsewhere).waitForEnd()
            #expect(refused.code == 1)
            #expect(refused.error.contains("name that file in STEPWELL_DATA, or give"), "\(refused.error)")
            let data = "\(place.path)/stepwell.db"
            let named = try Binary(words + ["--url", url], environment: ["STEPWELL_DATA": data], in: elsewhere)
            #expect(try named.waitForEnd().code == 4)
            let path = try elsewhere.write(#"{"data":"\#(data)"}"#, to: "named.json")
            let filed = try Binary(words + ["--url", url, "--config", path, "-d", "{}"], in: elsewhere)
            #expect(try filed.waitForEnd().code == 4)
        }
        let secret = try OperatorToken.read(token)
        #expect(
            try Binary.run("runs", environment: ["STEPWELL_URL": url, "STEPWELL_TOKEN": secret], in: elsewhere).code
                == 0)
        let end = try process.stop()
        #expect(end.code == 0)
        for text in [end.out, end.error] {
            #expect(
                !text.contains(Self.eventKey) && !text.contains("fedcba9876543210fedcba9876543210")
                    && !text.contains(secret))
        }
        // What was sent is there after the restart, behind the same token.
        let again = try start(in: place)
        let again_url = try self.url(of: again)
        #expect(try OperatorToken.read(token) == secret)
        let client = try APIClient(url: try HTTPURL(again_url), token: secret)
        #expect(try client.get("/api/events/\(sent.out.dropLast())").json["name"]?.string == "a/b")
        #expect(try again.stop().code == 0)
    }

    // MARK: - Ports and files

    @Test func `a taken port gives the next free one in dev, and an error that names it in start`() throws {
        let place = try TemporaryDirectory()
        let first = try dev(in: place)
        let taken = try HTTPURL(try url(of: first)).port
        let second = try Binary(
            ["dev", "--json", "--no-discovery", "--no-poll", "--port", "\(taken)"], environment: ["TMPDIR": place.path],
            in: place)
        let other = try HTTPURL(try url(of: second)).port
        #expect(other > taken)
        #expect(try second.firstLine().contains("port \(taken) is taken, so this server has \(other)"))
        let refused = try Binary.run("start", "--port", "\(taken)", environment: Self.keys, in: place)
        #expect(refused.code == 1)
        #expect(refused.error.contains("SW0422: Port \(taken) on 127.0.0.1 is in use"))
        #expect(try second.stop().code == 0)
        #expect(try first.stop().code == 0)
    }

    @Test func `a second server on the same file is refused by name, and the first goes on`() throws {
        let place = try TemporaryDirectory()
        let first = try dev("--data", "d.db", in: place)
        let url = try url(of: first)
        let second = try Binary.run("dev", "--data", "d.db", "--port", "0", in: place)
        #expect(second.code == 1)
        #expect(second.error.hasPrefix("stepwell: SW01"))
        #expect(second.error.contains("d.db"))
        #expect(try Binary.run("send", "a/b", "--url", url, in: place).code == 0)
        #expect(try first.stop().code == 0)
    }

    @Test func `settings come from the file beside the data, under flags and the environment`() throws {
        let place = try TemporaryDirectory()
        try place.write(
            #"{"data": "from-file.db", "event-key": "0123456789abcdef", "signing-key": "abcd", "port": 0}"#,
            to: "stepwell.json")
        let process = try Binary(["start", "--json"], environment: ["STEPWELL_DATA": "from-environment.db"], in: place)
        #expect(try process.firstLine().contains("\(place.path)/from-environment.db"))
        #expect(try process.stop().code == 0)
        try place.write(#"{"dta": "x"}"#, to: "stepwell.json")
        let refused = try Binary.run("start", in: place)
        #expect(refused.code == 2)
        #expect(refused.error.contains("has the key \"dta\", which is no setting. Did you mean \"data\"?"))
    }

    // MARK: - Stop

    /// Holds its calls until it is told to answer them.
    private final class Holding: Sendable {
        let held = Mutex<[HTTPResponder]>([])
        func answer() {
            let responders = held.withLock { held in
                defer { held = [] }
                return held
            }
            for responder in responders {
                responder.respond(status: 200, headers: Worker.headers, body: Array(#"{"late":true}"#.utf8))
            }
        }
    }

    @Test func `a call under way gets its time when the server is asked to stop`() async throws {
        let place = try TemporaryDirectory()
        let holding = Holding()
        let worker = try Worker { _, responder in holding.held.withLock { $0.append(responder) } }
        let process = try dev("--data", "d.db", in: place)
        let url = try url(of: process)
        try await worker.register(at: url)
        let event = try Binary.run("send", "a/b", "--url", url, in: place).out.dropLast()
        _ = try process.eventually("call") { holding.held.withLock { $0.isEmpty } ? nil : true }
        kill(process.pid, SIGTERM)
        _ = try process.eventually("notice") { process.error.contains("the call under way has 5.0 s") ? true : nil }
        holding.answer()
        let end = try process.waitForEnd()
        #expect(end.code == 0)
        #expect(end.error.contains("stopped; the next start goes on from here"))
        let again = try dev("--data", "d.db", in: place)
        let runs = try Binary.run(
            "runs", "--json", "--event", String(event), "--url", try self.url(of: again), in: place)
        #expect(runs.out.contains(#""status":"completed""#))
        #expect(try again.stop().code == 0)
    }

    @Test func `a second signal ends the server at once`() async throws {
        let place = try TemporaryDirectory()
        let holding = Holding()
        let worker = try Worker { _, responder in holding.held.withLock { $0.append(responder) } }
        let process = try dev("--data", "d.db", "--stop-grace", "1h", in: place)
        let url = try url(of: process)
        try await worker.register(at: url)
        #expect(try Binary.run("send", "a/b", "--url", url, in: place).code == 0)
        _ = try process.eventually("call") { holding.held.withLock { $0.isEmpty } ? nil : true }
        kill(process.pid, SIGINT)
        _ = try process.eventually("notice") { process.error.contains("SIGINT: stopping") ? true : nil }
        #expect(try process.stop(SIGINT).code == -SIGINT)
        holding.answer()
    }
}
