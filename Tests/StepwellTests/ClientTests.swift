import StepwellHTTP
import StepwellModel
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@testable import Stepwell

@Suite struct ClientTests {
    static let accepted: ProtocolServer.Answer = { request, _ in
        let ids = (0..<(request.json?.elements?.count ?? 0)).map { #""id-\#($0)""# }
        return (200, #"{"ids":[\#(ids.joined(separator: ","))],"status":200}"#)
    }

    @Test func `a signal is posted once, with the signing key, and a refusal is an error`() async throws {
        try await ProtocolServer.run({ _, _ in (503, #"{"code":"SW0410","error":"disk full","status":503}"#) }) {
            server in
            let client = Client.test(["INNGEST_SIGNING_KEY": "signkey-test-00ff"], url: server.url)
            let error = await #expect(throws: StepwellError.self) { try await client.sendSignal("go", data: 1) }
            #expect(error?.code == .signalRefused)
            #expect(error?.message.contains("disk full") == true)
            #expect(server.requests.count == 1)
            #expect(server.requests.first?.headers["Authorization"]?.hasPrefix("Bearer signkey-test-") == true)
        }
        let unkeyed = await #expect(throws: StepwellError.self) { try await Client.test([:]).sendSignal("go") }
        #expect(unkeyed?.code == .signingKeyMissing)
        let nameless = await #expect(throws: StepwellError.self) { try await Client.test().sendSignal("") }
        #expect(nameless?.code == .signalRefused)
    }

    @Test(arguments: [
        (#"{"code":"SW0510","error":"No run waits","status":404}"#, true),
        (#"{"error":"signal not found","status":404}"#, true),
        (#"{"code":"SW0404","error":"There is no route","status":404}"#, false),
        (#"{"error":"not here"}"#, false), (#"{"message":"not found"}"#, false), ("<h1>Not found</h1>", false),
        ("", false),
    ])
    func `only an answer that says so means that nobody waits for a signal`(body: String, isUnwanted: Bool) async throws
    {
        let isRefused = try await ProtocolServer.run({ _, _ in (404, body) }) { server in
            do {
                try #require(try await Client.test(url: server.url).sendSignal("go", data: 1) == nil)
                return false
            } catch let error as StepwellError {
                return error.code == .signalRefused
            }
        }
        #expect(isRefused != isUnwanted)
    }

    @Test func `an event is posted with its name, data, id and time`() async throws {
        let request = try await ProtocolServer.run(Self.accepted) { server in
            let client = Client.test(["INNGEST_EVENT_KEY": "key-1"], url: server.url)
            let id = try await client.send(
                Ping(text: "hi"), id: "own-id", timestamp: .init(timeIntervalSince1970: 1_700_000_000.123))
            #expect(id == "id-0")
            return try #require(server.requests.first)
        }
        #expect(request.method == "POST")
        #expect(request.target == "/e/key-1")
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == #"[{"id":"own-id","name":"test.event","data":{"text":"hi"},"ts":1700000000123}]"#)
        #expect(request.headers["X-Inngest-SDK"] == SDKIdentity.header)
    }

    @Test func `a request that is repeated carries the same seed`() async throws {
        let requests = try await ProtocolServer.run({ request, count in
            count == 0 ? (503, "busy") : Self.accepted(request, count)
        }) { server in
            try await Client.test(url: server.url).send(Ping())
            return server.requests
        }
        let seeds = requests.map { $0.headers["X-Inngest-Event-Id-Seed"] ?? "" }
        #expect(seeds.count == 2)
        #expect(seeds[0] == seeds[1])
        let parts = seeds[0].split(separator: ",")
        #expect(Int64(parts[0]) ?? 0 > 1_700_000_000_000)
        #expect(parts[1].count == 16)
    }

    @Test func `a request is repeated after ever longer pauses, five times in all`() async throws {
        try await ProtocolServer.run({ _, _ in (503, "busy") }) { server in
            let pauses = Journal()
            let surroundings = EventSender.Surroundings(
                now: { Timestamp(milliseconds: 1_700_000_000_000) }, bytes: { Array(repeating: 0, count: $0) },
                spread: { 1.5 }, sleep: { pauses.note("\($0)") })
            let sender = EventSender(client: .test(url: server.url), surroundings: surroundings)
            let error = try await #require(throws: StepwellError.self) {
                try await sender.send([OutgoingEvent(Ping())])
            }
            #expect(error.code == .eventsRefused)
            #expect(pauses.entries == ["0.15 seconds", "0.3 seconds", "0.6 seconds", "1.2 seconds"])
            #expect(
                server.requests.map { $0.headers["X-Inngest-Event-Id-Seed"] }
                    == Array(repeating: "1700000000000,AAAAAAAAAAAAAA==", count: 5))
        }
    }

    @Test func `more than five thousand events go in several requests, and their ids come back in order`() async throws
    {
        try await ProtocolServer.run(Self.accepted) { server in
            let events = (0..<5_001).map { OutgoingEvent(Ping(text: "\($0)")) }
            let ids = try await Client.test(url: server.url).send(events)
            #expect(ids.count == 5_001)
            #expect(server.requests.map { $0.json?.elements?.count } == [5_000, 1])
            #expect(ids.suffix(2) == ["id-4999", "id-0"])
        }
    }

    @Test func `what the server refuses is not sent again and its reason is told`() async throws {
        try await ProtocolServer.run({ _, _ in (400, #"{"ids":[],"status":400,"error":"event name is empty"}"#) }) {
            server in
            let error = try await #require(throws: StepwellError.self) {
                try await Client.test(url: server.url).send(Ping())
            }
            #expect(error.code == .eventsRefused)
            #expect(error.message.contains("event name is empty"))
            #expect(server.requests.count == 1)
        }
    }

    @Test func `an answer of 200 that names an error is a refusal`() async throws {
        try await ProtocolServer.run({ _, _ in (200, #"{"ids":[],"status":500,"error":"no room"}"#) }) { server in
            _ = try await #require(throws: StepwellError.self) { try await Client.test(url: server.url).send(Ping()) }
        }
    }

    @Test func `outside of dev mode an event key is needed`() async throws {
        let error = try await #require(throws: StepwellError.self) { try await Client.test([:]).send(Ping()) }
        #expect(error.code == .eventKeyMissing)
    }

    @Test func `reserved and empty names are refused before anything is sent`() async throws {
        for name in ["", "inngest/function.failed", "Inngest/x"] {
            let error = try await #require(throws: StepwellError.self) {
                try await Client.test().send([OutgoingEvent(name: name, data: [:])])
            }
            #expect(error.code == .eventNameInvalid)
        }
    }

    @Test func `no events make no request`() async throws {
        #expect(try await Client.test([:]).send([]) == [])
    }
}

@Suite struct ClientSettingsTests {
    @Test func `our own variables go before those that other SDKs share`() throws {
        let settings = try ClientSettings(environment: ["STEPWELL_EVENT_KEY": "ours", "INNGEST_EVENT_KEY": "theirs"])
        #expect(settings.eventKey == "ours")
    }

    @Test(arguments: [("1", true), ("true", true), ("0", false), ("false", false)])
    func `the dev variable switches dev mode`(text: String, isDev: Bool) throws {
        #expect(try ClientSettings(environment: ["INNGEST_DEV": text]).isDev == isDev)
    }

    @Test func `without the dev variable dev mode is off`() throws {
        #expect(try !ClientSettings(environment: [:]).isDev)
    }

    @Test func `the dev variable can say where the dev server is`() throws {
        let settings = try ClientSettings(environment: ["INNGEST_DEV": "http://dev.local:9000/"])
        #expect(settings.isDev)
        #expect(settings.apiURL == "http://dev.local:9000")
        #expect(settings.eventURL == "http://dev.local:9000")
    }

    @Test func `the API and the event API can be at different places`() throws {
        let settings = try ClientSettings(environment: [
            "INNGEST_BASE_URL": "http://base", "INNGEST_EVENT_API_BASE_URL": "http://events",
        ])
        #expect(settings.apiURL == "http://base")
        #expect(settings.eventURL == "http://events")
    }

    @Test func `slashes at the end of URLs and paths make no difference`() throws {
        let settings = try ClientSettings(environment: [
            "INNGEST_BASE_URL": "http://base//", "INNGEST_SERVE_ORIGIN": "https://worker/",
            "INNGEST_SERVE_PATH": "/fn/",
        ])
        #expect(settings.apiURL == "http://base")
        #expect(settings.serveOrigin == "https://worker")
        #expect(settings.servePath == "/fn")
        #expect(try ClientSettings(environment: ["INNGEST_SERVE_HOST": "http://host/"]).serveOrigin == "http://host")
        #expect(try ClientSettings(environment: ["INNGEST_SERVE_PATH": "/"]).servePath == "/")
    }

    @Test func `the base URL of the client is read like the variable`() throws {
        let settings = try Client(id: "app", baseURL: "http://127.0.0.1:9/").settings.get()
        #expect(settings.apiURL == "http://127.0.0.1:9")
        #expect(settings.eventURL == "http://127.0.0.1:9")
        for text in ["127.0.0.1:9", "http://", ""] {
            let error = try #require(throws: StepwellError.self) { try Client(id: "app", baseURL: text).settings.get() }
            #expect(error.code == .environmentInvalid)
            #expect(error.message.contains("baseURL is '\(text)'"))
        }
    }

    @Test(arguments: [
        "INNGEST_DEV", "INNGEST_STREAMING", "INNGEST_BASE_URL", "INNGEST_LOG_LEVEL", "INNGEST_SERVE_ORIGIN",
        "INNGEST_SERVE_HOST", "INNGEST_SERVE_PATH",
    ])
    func `a value that cannot be understood is refused by the variable's name`(name: String) throws {
        let error = try #require(throws: StepwellError.self) { try ClientSettings(environment: [name: "perhaps"]) }
        #expect(error.code == .environmentInvalid)
        #expect(error.message.contains(name))
    }

    @Test func `a client that is printed or dumped does not show its keys`() {
        let client = Client.test(["INNGEST_EVENT_KEY": "secret-1", "INNGEST_SIGNING_KEY": "5ec2e7"])
        var dumped = ""
        dump(client, to: &dumped)
        for text in ["\(client)", String(reflecting: client), dumped] {
            #expect(!text.contains("secret-1"))
            #expect(!text.contains("5ec2e7"))
        }
    }
}
