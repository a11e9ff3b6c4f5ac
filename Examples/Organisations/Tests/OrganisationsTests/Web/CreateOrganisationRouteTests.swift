import Foundation
import Stepwell
import Testing

@testable import Organisations

/// The system's routes over a real socket, with a real event API behind them.
@Suite struct CreateOrganisationRouteTests {
    @Test func `a posted organisation is accepted when its event is durable`() async throws {
        try await Self.withWorker { fixture, origin in
            let answer = try await http(
                "POST", "\(origin)/organisations", headers: ["Idempotency-Key": "k1"],
                body: #"{"accountId":"a1","name":" Acme  Ltd "}"#)
            #expect(answer.status == 202)
            #expect(answer.body == #"{"status":"accepted"}"#)
            #expect(fixture.server.received.map(\.id) == ["provisional-a1-k1"])
            #expect(fixture.server.received.map(\.data) == [["accountId": "a1", "name": "Acme Ltd"]])
        }
    }

    @Test(arguments: [
        ("{", "JSON"), (#"{"name":"Acme"}"#, "accountId"), (#"{"accountId":"a1","name":""}"#, "name"),
        (#"{"accountId":"a/1","name":"Acme"}"#, "AccountID"),
    ])
    func `a request that breaks a rule is told which`(body: String, word: String) async throws {
        try await Self.withWorker { fixture, origin in
            let answer = try await http("POST", "\(origin)/organisations", body: body)
            #expect(answer.status == 400)
            #expect(answer.body.contains(word))
            #expect(fixture.server.received.isEmpty)
        }
    }

    @Test func `while the server cannot be reached nothing is accepted`() async throws {
        try await Self.withWorker { fixture, origin in
            await fixture.server.stop()
            let answer = try await http(
                "POST", "\(origin)/organisations", body: #"{"accountId":"a1","name":"Acme"}"#)
            #expect(answer.status == 503)
        }
    }

    @Test func `other methods and other paths are refused`() async throws {
        try await Self.withWorker { _, origin in
            let get = try await http("GET", "\(origin)/organisations")
            #expect(get.status == 405)
            let elsewhere = try await http("POST", "\(origin)/elsewhere", body: "{}")
            #expect(elsewhere.status == 404)
        }
    }

    @Test func `the functions are served beside the routes`() async throws {
        try await Self.withWorker { _, origin in
            let answer = try await http("GET", "\(origin)/api/inngest")
            #expect(answer.status == 200)
            #expect(answer.body.contains(#""function_count":10"#))
        }
    }

    private static func withWorker(_ body: (Fixture, String) async throws -> Void) async throws {
        try await Fixture.run { fixture in
            let worker = try fixture.system.app.start(port: 0, routes: fixture.system.routes)
            do {
                try await body(fixture, "http://127.0.0.1:\(worker.port)")
            } catch {
                await worker.stop()
                throw error
            }
            await worker.stop()
        }
    }
}
