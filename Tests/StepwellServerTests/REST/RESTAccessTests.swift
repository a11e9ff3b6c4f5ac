import StepwellHTTP
import StepwellModel
import Testing

@testable import StepwellServer

/// Who may ask what.
@Suite(.timeLimit(.minutes(3)))
struct RESTAccessTests {
    private static let operators = ["/api/server", "/api/events", "/api/runs", "/api/functions", "/api/apps"]
    private static let signed = ["/v1/events", "/v1/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV"]

    @Test(arguments: operators)
    func `in start the operator's routes want the token, and nothing else opens them`(target: String) async throws {
        let rest = try RESTBed(.start)
        func status(_ authorization: String?) async throws -> Int {
            try await rest.get(target, headers: authorization.map { [("Authorization", $0)] } ?? []).status
        }
        #expect(try await status(nil) == 401)
        #expect(try await status("Bearer wrong") == 401)
        #expect(try await status("Bearer \(TestBed.signingKey)") == 401)
        #expect(try await status("Bearer \(TestBed.eventKey)") == 401)
        #expect(try await status("Basic \(TestBed.token)") == 401)
        #expect(try await status("Bearer \(TestBed.token)") == 200)
    }

    @Test(arguments: signed)
    func `in start an SDK's routes want the signing key`(target: String) async throws {
        let rest = try RESTBed(.start)
        #expect(try await rest.get(target).status == 401)
        #expect(try await rest.get(target, headers: [("Authorization", "Bearer \(TestBed.token)")]).status == 401)
        #expect(try await rest.get(target, headers: rest.bed.signed).status != 401)
    }

    @Test(arguments: operators + signed)
    func `in dev on loopback nothing is asked for, except by pages of foreign origins`(target: String) async throws {
        let rest = try RESTBed()
        #expect(try await rest.get(target).status != 401)
        #expect(try await rest.get(target, headers: [("Origin", "https://evil.example")]).status == 403)
    }

    @Test func `the description is there for everyone`() async throws {
        let answer = try await RESTBed(.start).get("/api/openapi.json")
        #expect(answer.status == 200)
        #expect(answer.json["openapi"]?.string == "3.1.0")
    }
}
