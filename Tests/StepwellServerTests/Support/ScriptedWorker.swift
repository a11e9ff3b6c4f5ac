import StepwellHTTP
import StepwellModel
import StepwellWire
import Synchronization

/// A worker over real HTTP that does what a test tells it to: it registers functions and answers calls.
final class ScriptedWorker: Sendable {
    /// A call as the worker got it.
    struct Call: Sendable {
        let target: String
        let headers: HTTPHeaders
        let body: [UInt8]
        let request: CallRequest
        /// How many calls of the same function came before.
        let number: Int

        var function: String { request.context.runID.isEmpty ? "" : Call.slug(in: target) }
        var stepID: String { request.context.stepID }
        /// The step's result; an input that it is to run with is none.
        func memo(_ step: String) -> RawJSON? {
            let id = StepID.hashed(step)
            return request.context.stack.contains(id) ? request.steps.first { $0.id == id }?.memo : nil
        }
        func has(_ step: String) -> Bool { memo(step) != nil }
        var event: RawJSON { request.events.first ?? .null }

        static func slug(in target: String) -> String {
            let query = target.split(separator: "?", maxSplits: 1).last ?? ""
            let item = query.split(separator: "&").first { $0.hasPrefix("fnId=") }
            return item.map { String($0.dropFirst(5)) } ?? ""
        }
    }

    struct Reply: Sendable {
        var status: HTTPStatus
        var headers: HTTPHeaders = [Header.sdk: "test:v1", Header.requestVersion: "2"]
        var body: [UInt8]

        /// The function returned.
        static func complete(_ json: String) -> Reply { Reply(status: 200, body: Array(json.utf8)) }

        /// The function reported operations.
        static func report(_ opcodes: Opcode...) -> Reply { Reply(status: 206, body: Opcode.encode(opcodes)) }

        static func fail(_ message: String, headers: [(String, String)] = []) -> Reply {
            var reply = Reply(status: 500, body: Array(#"{"name":"Error","message":"\#(message)"}"#.utf8))
            for (name, value) in headers { reply.headers.add(name, value) }
            return reply
        }

        func with(version: Int) -> Reply {
            var reply = self
            reply.headers.set(Header.requestVersion, "\(version)")
            return reply
        }
    }

    typealias Script = @Sendable (Call) -> Reply
    /// Answers by itself, or not at all.
    typealias RawScript = @Sendable (HTTPRequest, HTTPResponder) -> Void

    private struct State {
        var script: Script = { _ in .complete("null") }
        var rawScript: RawScript?
        var calls: [Call] = []
        var counts: [String: Int] = [:]
    }

    let loop: EventLoop
    let port: UInt16
    private let server: HTTPServer
    private let state: SharedState

    private final class SharedState: Sendable {
        let value = Mutex(State())
    }

    init(port: UInt16 = 0, script: @escaping Script = { _ in .complete("null") }) throws {
        let state = SharedState()
        state.value.withLock { $0.script = script }
        self.state = state
        loop = try EventLoop()
        var configuration = HTTPServerConfiguration()
        configuration.bodyBytesMax = 16 << 20
        server = HTTPServer(loops: [loop], configuration: configuration) { request, responder in
            Self.handle(request, responder, state)
        }
        self.port = try server.bind(host: "127.0.0.1", port: port).port
    }

    deinit { loop.stop() }

    func stop() { loop.stop() }

    var url: String { "http://127.0.0.1:\(port)/api/inngest" }
    var calls: [Call] { state.value.withLock { $0.calls } }
    func calls(of function: String) -> [Call] { calls.filter { $0.function == function } }

    /// Takes every request from now on, whatever it is.
    func takeOver(_ script: @escaping RawScript) { state.value.withLock { $0.rawScript = script } }

    func follow(_ script: @escaping Script) {
        state.value.withLock {
            $0.script = script
            $0.rawScript = nil
        }
    }

    private static func handle(_ request: HTTPRequest, _ responder: HTTPResponder, _ state: SharedState) {
        if let raw = state.value.withLock({ $0.rawScript }) { return raw(request, responder) }
        guard request.method == .post, let parsed = try? CallRequest(parsing: request.body) else {
            return responder.respond(status: 404)
        }
        let (script, call) = state.value.withLock { state in
            let slug = Call.slug(in: request.target)
            let number = state.counts[slug, default: 0]
            state.counts[slug] = number + 1
            let call = Call(
                target: request.target, headers: request.headers, body: request.body, request: parsed, number: number)
            state.calls.append(call)
            return (state.script, call)
        }
        let reply = script(call)
        responder.respond(status: reply.status, headers: reply.headers, body: reply.body)
    }
}

// MARK: - Operations as SDKs report them

extension Opcode {
    static func ran(_ step: String, _ data: String) -> Opcode { ran(id: StepID.hashed(step), step, data) }

    static func ran(id: String, _ step: String, _ data: String) -> Opcode {
        Opcode(
            .stepRun, id: id, name: step, displayName: step,
            data: RawJSON(validated: Array(data.utf8)))
    }

    static func planned(_ step: String, options: String? = nil) -> Opcode {
        Opcode(
            .stepPlanned, id: StepID.hashed(step), name: step, displayName: step,
            options: options.map { RawJSON(validated: Array($0.utf8)) })
    }

    static func threw(_ step: String, _ message: String) -> Opcode {
        Opcode(.stepError, id: StepID.hashed(step), displayName: step, error: ErrorObject(message: message))
    }

    static func failed(_ step: String, _ message: String) -> Opcode {
        Opcode(.stepFailed, id: StepID.hashed(step), displayName: step, error: ErrorObject(message: message))
    }

    /// As the TypeScript SDK does it: the duration is the name.
    static func sleep(_ step: String, _ duration: String) -> Opcode {
        Opcode(.sleep, id: StepID.hashed(step), name: duration, displayName: step)
    }

    static func wait(_ step: String, for event: String, if condition: String? = nil, timeout: String) -> Opcode {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member(optional: "if", condition)
        writer.member("timeout", timeout)
        writer.endObject()
        return Opcode(.waitForEvent, id: StepID.hashed(step), name: event, displayName: step, options: writer.json)
    }

    static func signal(_ step: String, _ options: String) -> Opcode {
        Opcode(
            .waitForSignal, id: StepID.hashed(step), displayName: step,
            options: RawJSON(validated: Array(options.utf8)))
    }

    static func invoke(_ step: String, _ function: String, data: String = "{}", timeout: String? = nil) -> Opcode {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("function_id", function)
        writer.key("payload")
        writer.beginObject()
        writer.member("data", RawJSON(validated: Array(data.utf8)))
        writer.endObject()
        writer.member(optional: "timeout", timeout)
        writer.endObject()
        return Opcode(.invokeFunction, id: StepID.hashed(step), displayName: step, options: writer.json)
    }

    static func complete(_ output: String) -> Opcode {
        Opcode(.runComplete, id: StepID.hashed("complete"), data: RawJSON(validated: Array(output.utf8)))
    }
}

/// Requests that a test answers when it likes.
final class Held: Sendable {
    private let responders = Mutex<[HTTPResponder]>([])

    func keep(_ responder: HTTPResponder) { responders.withLock { $0.append(responder) } }

    func answerAll(with reply: ScriptedWorker.Reply) {
        let all = responders.withLock { responders in
            defer { responders = [] }
            return responders
        }
        for responder in all { responder.respond(status: reply.status, headers: reply.headers, body: reply.body) }
    }
}
