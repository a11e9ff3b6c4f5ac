import StepwellHTTP
import StepwellModel
import Testing

@testable import Stepwell

/// The built-in server, over real HTTP.
@Suite struct WorkerTests {
    static let registered: ProtocolServer.Answer = { _, _ in (200, #"{"ok":true,"modified":true}"#) }

    @Test func `a worker registers itself and serves calls`() async throws {
        try await ProtocolServer.run(Self.registered) { server in
            try await Self.withWorker([ServeTests.hello], server: server.url) { worker in
                let response = try await Self.post(worker, ServeTests.body())
                #expect(response.status == 206)
                #expect(response.headers["X-Inngest-SDK"] == SDKIdentity.header)
            }
        }
    }

    @Test func `a worker that starts before the server registers when it comes up`() async throws {
        let done = Signal()
        try await ProtocolServer.run({ _, count in
            if count < 2 { return (503, "starting") }
            done.signal()
            return (200, "{}")
        }) { server in
            try await Self.withWorker([ServeTests.hello], server: server.url) { worker in
                await done.wait()
                #expect(server.requests.count == 3)
                #expect(server.requests.last?.json?["url"]?.string == worker.url)
                #expect(server.requests.last?.target == "/fn/register")
            }
        }
    }

    @Test func `a program's own routes live beside the functions`() async throws {
        try await ProtocolServer.run(Self.registered) { server in
            let routes: App.Routes = { request in
                request.path == "/health" ? .text("fine \(request.query("q") ?? "")") : nil
            }
            try await Self.withWorker([ServeTests.hello], server: server.url, routes: routes) { worker in
                let origin = "http://127.0.0.1:\(worker.port)"
                let fine = try await Transport.http.response(
                    .init(method: .get, url: "\(origin)/health?q=a%20b", headers: []))
                #expect(String(decoding: fine.body, as: UTF8.self) == "fine a b")
                let missing = try await Transport.http.response(
                    .init(method: .get, url: "\(origin)/other", headers: []))
                #expect(missing.status == 404)
            }
        }
    }

    @Test func `a step under way at the stop is finished and answered`() async throws {
        let begun = Signal()
        let goOn = Signal()
        let journal = Journal()
        let function = Function("slow", on: Ping.self) { _, step in
            try await step.run("wait") {
                begun.signal()
                await goOn.wait()
                journal.note("step finished")
                return "done"
            }
        }
        try await ProtocolServer.run(Self.registered) { server in
            let worker = try App(client: .test(url: server.url), functions: [function]).start(port: 0)
            async let response = Self.post(worker, ServeTests.body(), function: "app-slow")
            await begun.wait()
            let stop = Task {
                await worker.stop()
                journal.note("worker stopped")
            }
            // The stop has begun once nobody can connect any more; only then may the step go on.
            while await Self.isListening(worker) { await Task.yield() }
            goOn.signal()
            let answer = try await response
            #expect(answer.status == 206)
            #expect(try RawJSON(validating: answer.body).elements?.first?["data"]?.string == "done")
            await stop.value
        }
        #expect(journal.entries == ["step finished", "worker stopped"])
    }

    @Test func `a step whose caller went away can tell, and is not cancelled`() async throws {
        let begun = Signal()
        let end = Signal()
        let journal = Journal()
        let function = Function("left", on: Ping.self) { _, step in
            try await step.run("wait") {
                begun.signal()
                while !step.isCancelled { try await Task.sleep(for: .milliseconds(1)) }
                journal.note(Task.isCancelled ? "cancelled" : "told")
                end.signal()
            }
        }
        try await ProtocolServer.run(Self.registered) { server in
            try await Self.withWorker([function], server: server.url) { worker in
                let call = Task { try await Self.post(worker, ServeTests.body(), function: "app-left") }
                await begun.wait()
                call.cancel()
                await end.wait()
            }
        }
        #expect(journal.entries == ["told"])
    }

    @Test func `dev mode is served on loopback only`() throws {
        let app = App(client: .test(), functions: [ServeTests.hello])
        let error = try #require(throws: StepwellError.self) { try app.start(host: "0.0.0.0", port: 0) }
        #expect(error.message.contains("loopback"))
    }

    @Test func `a port that is taken is named`() async throws {
        try await ProtocolServer.run(Self.registered) { server in
            try await Self.withWorker([ServeTests.hello], server: server.url) { worker in
                let app = App(client: .test(url: server.url), functions: [])
                let error = try #require(throws: StepwellError.self) { try app.start(port: worker.port) }
                #expect(error.code == .listenFailed)
                #expect(error.message.contains("\(worker.port)"))
            }
        }
    }

    // MARK: Tools

    static func withWorker(
        _ functions: [any DurableFunction], server: String, routes: App.Routes? = nil,
        _ body: (Worker) async throws -> Void
    ) async throws {
        let worker = try App(client: .test(url: server), functions: functions).start(port: 0, routes: routes)
        do {
            try await body(worker)
            await worker.stop(within: .zero)
        } catch {
            await worker.stop(within: .zero)
            throw error
        }
    }

    /// Whether a new connection is taken: each request comes from a client of its own.
    private static func isListening(_ worker: Worker) async -> Bool {
        guard let loop = try? EventLoop(), let url = try? HTTPURL("http://127.0.0.1:\(worker.port)/") else {
            return false
        }
        defer { loop.stop() }
        return (try? await HTTPClient(loop: loop).response(to: HTTPClientRequest(method: .get, url: url))) != nil
    }

    private static let client = Result { HTTPClient(loop: try EventLoop()) }

    static func post(_ worker: Worker, _ body: [UInt8], function: String = "app-hello") async throws
        -> HTTPClientResponse
    {
        let url = try HTTPURL("\(worker.url)?fnId=\(function)&stepId=step")
        return try await client.get().response(to: HTTPClientRequest(method: .post, url: url, body: body))
    }
}
