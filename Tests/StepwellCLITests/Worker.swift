import StepwellHTTP
import StepwellModel
import Synchronization
import Testing

/// A worker with one function, which does what a test tells it to.
final class Worker: Sendable {
    typealias Script = @Sendable (HTTPRequest, HTTPResponder) -> Void

    let loop: EventLoop
    let port: UInt16
    private let server: HTTPServer

    init(_ script: @escaping Script) throws {
        loop = try EventLoop()
        server = HTTPServer(loops: [loop], handler: script)
        port = try server.bind(host: "127.0.0.1", port: 0).port
    }

    deinit { loop.stop() }

    static let headers: HTTPHeaders = ["X-Inngest-SDK": "test:v1", "X-Inngest-Req-Version": "2"]

    /// Fails for events that ask for it, sleeps for those that name a span, waits for the signal that one names, returns for
    /// all others.
    static let usual: Script = { request, responder in
        let event = (try? RawJSON(validating: request.body))?["event"]
        let steps = (try? RawJSON(validating: request.body))?["steps"]
        if event?["data"]?["fails"] != nil {
            var headers = headers
            headers.add("X-Inngest-No-Retry", "true")
            return responder.respond(
                status: 500, headers: headers, body: Array(#"{"name":"Error","message":"no such thing"}"#.utf8))
        }
        if let nap = event?["data"]?["nap"]?.string, steps?["abc"] == nil {
            let opcode = #"[{"op":"Sleep","id":"abc","name":"\#(nap)","displayName":"nap"}]"#
            return responder.respond(status: 206, headers: headers, body: Array(opcode.utf8))
        }
        if let signal = event?["data"]?["signal"]?.string, steps?["def"] == nil {
            let opcode = #"[{"op":"WaitForSignal","id":"def","displayName":"approval","opts":{"signal":"\#(signal)"}}]"#
            return responder.respond(status: 206, headers: headers, body: Array(opcode.utf8))
        }
        responder.respond(status: 200, headers: headers, body: Array(#"{"done":true}"#.utf8))
    }

    /// Registers the function `app-fn`, which starts on `a/b`, at a server.
    ///
    /// - Parameter options: Members of its configuration, each with a comma behind it.
    func register(at server: String, signingKey: String = "", options: String = "") async throws {
        let url = "http://127.0.0.1:\(port)/api/inngest"
        let body = """
            {"v":"0.1","url":"\(url)","deployType":"ping","sdk":"test:v1","framework":"none","appName":"app",
            "functions":[{\(options)"id":"app-fn","name":"fn","triggers":[{"event":"a/b"}],"steps":{"step":{"id":"step","name":"step",
            "retries":{"attempts":0},"runtime":{"type":"http","url":"\(url)?fnId=app-fn&stepId=step"}}}}]}
            """
        let request = HTTPClientRequest(
            method: .post, url: try HTTPURL("\(server)/fn/register"),
            headers: ["Authorization": "Bearer \(signingKey)", "Content-Type": "application/json"],
            body: Array(body.utf8))
        let response = try await HTTPClient(loop: loop).response(to: request)
        try #require(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
    }
}
