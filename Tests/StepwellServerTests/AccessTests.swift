import StepwellHTTP
import StepwellModel
import StepwellWire
import Testing

@testable import StepwellServer

/// Who may do what (SECURITY.md).
@Suite(.timeLimit(.minutes(3)))
struct AccessTests {
    private static let event = #"{"name":"a/b"}"#

    @Test func `start takes events with an event key only`() async throws {
        let bed = try TestBed(.start)
        #expect(try await bed.ask(.post, "/e/\(TestBed.eventKey)", body: Self.event).status == 200)
        let wrong = try await bed.ask(.post, "/e/wrong", body: Self.event)
        #expect(wrong.status == 401 && wrong.json.slice["status"]?.integer == 401)
        #expect(wrong.json.slice["error"]?.string == "Event key not found")
        #expect(try await bed.ask(.post, "/e", body: Self.event).status == 404)
        #expect(try await bed.ask(.post, "/e/", body: Self.event).status == 404)
    }

    @Test func `dev takes any event key`() async throws {
        #expect(try await TestBed().ask(.post, "/e/NO_EVENT_KEY_SET", body: Self.event).status == 200)
    }

    @Test(arguments: ["/fn/register", "/invoke/app-fn"]) func `start wants a key for what SDKs do`(
        path: String
    ) async throws {
        let bed = try TestBed(.start)
        #expect(try await bed.ask(.post, path, body: "{}").status == 401)
        #expect(try await bed.ask(.post, path, headers: [("Authorization", "Bearer ")], body: "{}").status == 401)
        #expect(try await bed.ask(.post, path, headers: [("Authorization", "Bearer 00ff")], body: "{}").status == 401)
        let key = try SigningKey(TestBed.signingKey)
        for token in [TestBed.signingKey, key.bearerToken, String(TestBed.signingKey.dropFirst(13))] {
            let answer = try await bed.ask(.post, path, headers: [("authorization", "bearer \(token)")], body: "{}")
            #expect(answer.status != 401, "\(token)")
        }
    }

    @Test func `an event key opens an invocation in start`() async throws {
        let bed = try TestBed(.start)
        let headers = [("Authorization", "Bearer \(TestBed.eventKey)")]
        #expect(try await bed.ask(.post, "/invoke/app-none", headers: headers, body: "{}").status == 404)
    }

    @Test func `a run's state is for who has the signing key`() async throws {
        let bed = try TestBed(.start)
        let path = "/v0/runs/01HF7YAT000000000000000001/actions"
        #expect(try await bed.ask(.get, path).status == 401)
        #expect(try await bed.ask(.get, path, headers: bed.signed).status == 410)
    }

    @Test(arguments: ["https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1.evil.example"])
    func `a foreign page can do nothing`(origin: String) async throws {
        let bed = try TestBed { $0.allowedOrigins = ["https://good.example"] }
        for (method, path) in [(HTTPMethod.post, "/e/key"), (.post, "/fn/register"), (.get, "/dev"), (.get, "/")] {
            let answer = try await bed.ask(method, path, headers: [("Origin", origin)], body: "{}")
            #expect(answer.status == 403, "\(path)")
            #expect(answer.headers["Access-Control-Allow-Origin"] == nil)
        }
        let preflight = try await bed.ask(
            .options, "/e/key", headers: [("Origin", origin), ("Access-Control-Request-Method", "POST")])
        #expect(preflight.status >= 400 && preflight.headers["Access-Control-Allow-Origin"] == nil)
    }

    @Test(arguments: ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:1", "https://GOOD.example"])
    func `pages of loopback and of the list may send events and read the answer`(origin: String) async throws {
        let bed = try TestBed { $0.allowedOrigins = ["https://good.example/"] }
        let answer = try await bed.ask(.post, "/e/key", headers: [("Origin", origin)], body: Self.event)
        #expect(answer.status == 200)
        #expect(answer.headers["Access-Control-Allow-Origin"] == origin)
        let preflight = try await bed.ask(
            .options, "/e/key",
            headers: [
                ("Origin", origin), ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", "x-inngest-sdk"),
            ])
        #expect(preflight.status == 204)
        #expect(preflight.headers["Access-Control-Allow-Headers"] == "x-inngest-sdk")
    }

    @Test func `what is no SDK's business answers only to hosts of ours`() {
        let rules = HostRules(names: ["stepwell.example.com"])
        for host in [
            "localhost", "localhost:8288", "app.localhost", "127.0.0.1:8288", "10.0.0.7", "[::1]:8288",
            "STEPWELL.example.com:80",
        ] {
            #expect(rules.allow(host), "\(host)")
        }
        for host in ["evil.example", "evil.example:8288", "localhost.evil.example", "127.0.0.1.nip.io", ""] {
            #expect(!rules.allow(host), "\(host)")
        }
    }

    @Test func `the operator's routes want the token, in dev on loopback none`() throws {
        func refusal(_ mode: ServerConfiguration.Mode, host: String, header: String?, peer: String) throws -> Int? {
            var configuration = ServerConfiguration(mode: mode)
            configuration.host = host
            configuration.eventKeys = ["e"]
            configuration.signingKey = TestBed.signingKey
            configuration.operatorToken = "secret"
            let rules = AccessRules(configuration, try ServerKeys(configuration))
            var head = HTTPRequestHead(method: .get, target: "/", peer: SocketAddress(peer, port: 1))
            head.headers.add("Host", "127.0.0.1")
            if let header { head.headers.add("Authorization", header) }
            return rules.refusal(of: head, PathParameters(), by: .operator)?.status.code
        }
        #expect(try refusal(.dev, host: "127.0.0.1", header: nil, peer: "127.0.0.1") == nil)
        #expect(try refusal(.dev, host: "0.0.0.0", header: nil, peer: "10.0.0.1") == 401)
        #expect(try refusal(.start, host: "127.0.0.1", header: nil, peer: "127.0.0.1") == 401)
        #expect(try refusal(.start, host: "127.0.0.1", header: "Bearer wrong", peer: "127.0.0.1") == 401)
        #expect(try refusal(.start, host: "127.0.0.1", header: "Bearer secret", peer: "10.0.0.1") == nil)
        #expect(try refusal(.start, host: "127.0.0.1", header: "Bearer \(TestBed.signingKey)", peer: "10.0.0.1") == 401)
    }

    /// The status line that a request under another name gets.
    private func status(
        _ line: String, host: String, _ bed: TestBed, headers: String = "", body: String = ""
    ) async throws -> String {
        let request =
            "\(line) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let answer = try await RawClient(port: bed.server.address.port).exchange(request)
        if !line.hasPrefix("HEAD") { #expect(answer.hasPrefix("HTTP/1.1 421") == answer.contains("SW0406")) }
        return String(answer.dropFirst(9).prefix { $0 != " " })
    }

    private static let run = "01HF7YAT000000000000000001"
    private static let sdkReads = [
        "/v1/events", "/v1/events/\(run)", "/v1/events/\(run)/runs", "/v1/runs/\(run)", "/v0/runs/\(run)/actions",
        "/v0/runs/\(run)/batch",
    ]

    @Test(
        arguments: ["/", "/api/openapi.json", "/api/server", "/api/events", "/api/runs", "/api/functions", "/api/apps"]
            + sdkReads)
    func `a host that leads here by a trick is refused where pages could be read`(path: String) async throws {
        let bed = try TestBed { $0.allowedHosts = ["stepwell"] }
        for host in ["evil.example", "evil.example:8288", "127.0.0.1.nip.io"] {
            #expect(try await status("GET \(path)", host: host, bed) == "421", "\(host)")
            #expect(try await status("HEAD \(path)", host: host, bed) == "421", "\(host)")
        }
        for host in ["localhost:8288", "127.0.0.1", "stepwell:8288"] {
            #expect(try await status("GET \(path)", host: host, bed) != "421", "\(host)")
        }
    }

    @Test func `SDKs may post and register under any host, and read under any host with the key`() async throws {
        let dev = try TestBed()
        let event = #"{"name":"a"}"#
        #expect(try await status("POST /e/key", host: "stepwell:8288", dev, body: event) == "200")
        let app = TestBed.registration(url: "http://127.0.0.1:9/x", [])
        #expect(try await status("POST /fn/register", host: "stepwell:8288", dev, body: app) == "200")
        let start = try TestBed(.start)
        let key = "Authorization: Bearer \(TestBed.signingKey)\r\n"
        #expect(try await status("GET /v1/events", host: "stepwell:8288", start, headers: key) == "200")
        #expect(try await status("GET /v1/events", host: "stepwell:8288", start) == "401")
    }

    @Test func `start does not run without its keys`() {
        func code(_ change: (inout ServerConfiguration) -> Void) -> ErrorCode? {
            var configuration = ServerConfiguration(mode: .start)
            configuration.eventKeys = ["e"]
            configuration.signingKey = TestBed.signingKey
            configuration.operatorToken = "t"
            change(&configuration)
            do {
                _ = try ServerKeys(configuration)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code { _ in } == nil)
        #expect(code { $0.eventKeys = [] } == .eventKeyNeeded)
        #expect(code { $0.eventKeys = [""] } == .eventKeyNeeded)
        #expect(code { $0.signingKey = nil } == .signingKeyNeeded)
        #expect(code { $0.signingKey = "signkey-test-xyz" } == .signingKeyNeeded)
        #expect(code { $0.operatorToken = nil } == .tokenNeeded)
    }

    @Test func `a configuration that no server can run with is refused`() {
        func isRefused(_ change: (inout ServerConfiguration) -> Void) -> Bool {
            var configuration = ServerConfiguration(mode: .dev)
            change(&configuration)
            do {
                try configuration.check()
                return false
            } catch {
                return error.code == .configurationInvalid
            }
        }
        #expect(!isRefused { $0.sdkURLs = ["http://127.0.0.1:3000/api/inngest"] })
        #expect(isRefused { $0.sdkURLs = ["127.0.0.1:3000"] })
        #expect(isRefused { $0.sdkURLs = ["ws://x/"] })
        #expect(isRefused { $0.stepsMax = 0 })
        #expect(isRefused { $0.callsPerAppMax = 0 })
        #expect(isRefused { $0.callTimeout = .zero })
        #expect(isRefused { $0.pollInterval = .zero })
        for host in ["", "::1", "[::1", "[a]", "http://a", "a/b", "a:0", "a:x", "u@a", "*.example.com", "a b"] {
            #expect(isRefused { $0.appHosts = ["example.com", host] }, "\(host)")
            #expect(isRefused { $0.fetchHosts = [host] }, "\(host)")
        }
    }

    @Test func `addresses of metadata services and link-local ones are never called`() throws {
        let rules = AppURLRules(hosts: [])
        for url in [
            "http://169.254.169.254/latest", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/",
            "http://100.100.100.200/", "http://[fd00:ec2::254]/",
            "http://[fd20:ce::254]/", "http://168.63.129.16/machine",
        ] {
            #expect(throws: CallProblem.self, "\(url)") { try rules.check(try HTTPURL(url)) }
        }
        for url in ["http://127.0.0.1:3000/", "http://10.1.2.3/", "http://worker:3000/"] {
            #expect(throws: Never.self, "\(url)") { try rules.check(try HTTPURL(url)) }
        }
        let listed = AppURLRules(hosts: ["worker"])
        #expect(throws: Never.self) { try listed.check(try HTTPURL("http://WORKER:1/")) }
        #expect(throws: CallProblem.self) { try listed.check(try HTTPURL("http://other/")) }
    }

    @Test(
        arguments: [
            ("[::1]", "http://[::1]/", true), ("[::1]", "http://[::1]:8080/", true),
            ("[::1]:8080", "http://[::1]:8080/", true), ("[::1]:8080", "http://[::1]/", false),
            ("[0:0::0001]", "http://[::1]/", true), ("[::1]", "http://[::2]/", false),
            ("[FD00::A]", "http://[fd00::a]/", true), ("Worker:3000", "http://worker:3000/", true),
            ("worker:3000", "http://worker:3001/", false), ("worker:80", "http://worker/", true),
            ("worker:80", "https://worker/", false), ("10.0.0.7", "https://10.0.0.7/", true), ("", "http://a/", false),
        ])
    func `hosts are allowed by name or address, with any port or with one`(host: String, url: String, allowed: Bool)
        throws
    {
        #expect(AllowedHosts([host]).allow(try HTTPURL(url)) == allowed)
        #expect(AllowedHosts([]).allow(try HTTPURL(url)))
    }
}
