import Foundation
import Stepwell
import StepwellHTTP
import StepwellModel
import Synchronization
import Testing

struct Question: Event {
    static let name = "test/question"
    var text: String
}

private struct ChatRequest: Codable, Sendable {
    struct Message: Codable, Sendable {
        var role: String
        var content: String
    }
    var model: String
    var messages: [Message]
}

private struct ChatAnswer: Codable, Sendable {
    struct Choice: Codable, Sendable { var message: ChatRequest.Message }
    var choices: [Choice]
}

/// Steps that ask models, their inputs and their metadata, by the SDK's worker on the real binary.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LiveStepsTests {
    private static let key = "sk-test-0123"

    /// Somebody's server that speaks OpenAI's chat: it is strict about what it is sent, and busy at first.
    private final class ChatServer: Sendable {
        let loop: EventLoop
        let baseURL: String
        private let server: HTTPServer
        private let asked: Asked

        private final class Asked: Sendable { let bodies = Mutex<[String]>([]) }

        init() throws {
            let asked = Asked()
            self.asked = asked
            loop = try EventLoop()
            server = HTTPServer(loops: [loop]) { request, responder in
                let count = asked.bodies.withLock {
                    $0.append(String(decoding: request.body, as: UTF8.self))
                    return $0.count
                }
                let (status, body) = Self.answer(request, count)
                let headers: HTTPHeaders = ["Content-Type": "application/json", "Retry-After": "1"]
                responder.respond(status: status, headers: headers, body: Array(body.utf8))
            }
            baseURL = "http://127.0.0.1:\(try server.bind(host: "127.0.0.1", port: 0).port)/v1"
        }

        deinit { loop.stop() }

        var bodies: [String] { asked.bodies.withLock { $0 } }

        private static func answer(_ request: HTTPRequest, _ count: Int) -> (HTTPStatus, String) {
            guard request.method == .post, request.target == "/v1/chat/completions" else {
                return error(404, "unknown_url")
            }
            guard request.headers["Authorization"] == "Bearer \(key)" else { return error(401, "invalid_api_key") }
            guard request.headers["Content-Type"]?.hasPrefix("application/json") == true,
                let chat = try? JSONDecoder().decode(ChatRequest.self, from: Data(request.body)),
                let last = chat.messages.last
            else { return error(400, "invalid_request_error") }
            guard count > 1 else { return error(429, "rate_limit_exceeded") }
            return (
                200,
                """
                {"id":"chatcmpl-\(count)","object":"chat.completion","created":1700000000,"model":"\(chat.model)",\
                "choices":[{"index":0,"message":{"role":"assistant","content":"echo \(last.content)"},\
                "finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}
                """
            )
        }

        private static func error(_ status: HTTPStatus, _ code: String) -> (HTTPStatus, String) {
            (status, #"{"error":{"message":"no","type":"\#(code)","param":null,"code":"\#(code)"}}"#)
        }
    }

    @Test func `a model is asked, its answer worked on, and the run repeated with another prompt`() async throws {
        let chat = try ChatServer()
        let server = try ServerUnderTest()
        defer { server.remove() }
        try await server.start()
        let client = Client(
            id: "ask", eventKey: ServerUnderTest.eventKey, signingKey: ServerUnderTest.signingKey, isDev: false,
            baseURL: server.address)
        let baseURL = chat.baseURL
        let ask = Function("ask", on: Question.self, options: .init(retries: 1)) { event, step in
            let request = ChatRequest(
                model: "m", messages: [ChatRequest.Message(role: "user", content: event.data.text)])
            let answer = try await step.ai.infer(
                "infer", provider: .openAI(key: Self.key, baseURL: baseURL), body: request, as: ChatAnswer.self)
            let text = answer.choices.first?.message.content ?? ""
            return try await step.ai.wrap("wrap", input: text) { text in
                try step.addMetadata("length", ["characters": text.count])
                return "<\(text)>"
            }
        }
        let worker = try App(client: client, functions: [ask]).start(port: 0)
        while (try await server.get("/api/functions")["data"] as? [Any] ?? []).isEmpty {
            try await Task.sleep(for: .milliseconds(10))
        }
        try await client.send(Question(text: "one"))
        let first = try await ended(server, count: 1)
        #expect(first["output"] as? String == "<echo one>")
        #expect(chat.bodies.count == 2)
        let id = try #require(first["id"] as? String)
        let detail = try await server.get("/api/runs/\(id)")
        let metadata = try #require((detail["metadata"] as? [[String: Any]])?.first)
        #expect((metadata["values"] as? [String: Any])?["characters"] as? Int == 8)
        let steps = try #require(detail["steps"] as? [[String: Any]])
        #expect(steps.map { $0["attempts"] as? Int } == [2, 1])

        // Only the body of the wrap runs again, with what an operator said.
        _ = try await server.post(
            "/api/runs/\(id)/rerun", #"{"from_step":{"step_id":"wrap","input":["edited"]}}"#)
        #expect(try await ended(server, count: 2)["output"] as? String == "<edited>")
        #expect(chat.bodies.count == 2)

        let messages = #"[{"role":"user","content":"two"}]"#
        _ = try await server.post(
            "/api/runs/\(id)/rerun",
            #"{"from_step":{"step_id":"infer","input":[{"messages":\#(messages)}]}}"#)
        #expect(try await ended(server, count: 3)["output"] as? String == "<echo two>")
        await worker.stop()
        let shown = try await server.get("/api/runs/\(id)")
        #expect(!"\(shown)".contains(Self.key))
    }

    /// The newest run, once so many have ended.
    private func ended(_ server: ServerUnderTest, count: Int) async throws -> [String: Any] {
        while true {
            let runs = try await server.get("/api/runs?output=true")["data"] as? [[String: Any]] ?? []
            let isDone = runs.allSatisfy { ["completed", "failed"].contains($0["status"] as? String) }
            if runs.count == count, isDone, let newest = runs.first { return newest }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
