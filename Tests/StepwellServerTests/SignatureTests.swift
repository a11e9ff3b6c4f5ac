import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellWire
import Testing

@testable import StepwellServer

/// Signed calls, as SDKs check them (PROTOCOL §6).
@Suite(.timeLimit(.minutes(3)))
struct SignatureTests {
    private func call(for event: String) async throws -> (ScriptedWorker.Call, Timestamp) {
        let worker = try ScriptedWorker()
        let bed = try TestBed(.start)
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        _ = try await bed.run(of: try await bed.send(event))
        return (try #require(worker.calls.first), bed.server.engine.now().wall)
    }

    @Test func `start signs the bytes that it sends, with the key without its prefix`() async throws {
        let (call, now) = try await call(for: #"{"name":"a/b","data":{"ü":"€","n":1.50,"a":1e3}}"#)
        let bare = try SigningKey("0123456789abcdef0123456789abcdef")
        try Signature.verify(call.headers[Header.signature], of: call.body, with: bare, at: now)
        #expect(call.headers[Header.serverKind] == "cloud")
        #expect(throws: Signature.Problem.mismatch) {
            try Signature.verify(call.headers[Header.signature], of: call.body + [32], with: bare, at: now)
        }
    }

    @Test func `a number that the canonical form would change arrives as it was sent, and the signature holds`()
        async throws
    {
        let (call, now) = try await call(for: #"{"name":"a/b","data":{"big":12345678901234567890123}}"#)
        #expect(call.event.slice["data"]?.text.contains("12345678901234567890123") == true)
        // An SDK parses the body and makes the canonical form of it anew.
        let form = CanonicalJSON(RawJSON(validated: call.body)).json.bytes
        #expect(form != call.body)
        let key = try SigningKey(TestBed.signingKey)
        try Signature.verify(call.headers[Header.signature], of: form, with: key, at: now)
    }
}
