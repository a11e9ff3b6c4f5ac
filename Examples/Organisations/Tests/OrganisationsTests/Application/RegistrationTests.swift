import Foundation
import Stepwell
import Testing

@testable import Organisations

/// What the server is told of the jobs.
@Suite struct RegistrationTests {
    @Test func `every job is registered, and the failure handler beside its job`() async throws {
        let functions = try await Self.functions()
        #expect(
            functions.keys.sorted() == [
                "assess-organisation", "create-provisional-organisation", "enrich-organisation", "export-organisation",
                "export-organisation-failure", "follow-child-import", "list-organisation", "refresh-organisation",
                "refresh-stale-organisations", "remind-of-confirmation",
            ])
    }

    @Test func `creating is limited to 100 at a time and retried three times`() async throws {
        let function = try #require(try await Self.functions()["create-provisional-organisation"])
        let limits = try #require(function["concurrency"] as? [[String: Any]])
        #expect(limits.map { $0["limit"] as? Int } == [100])
        #expect(limits.allSatisfy { $0["key"] == nil })
        #expect(Self.text(function["triggers"]) == #"[{"event":"organisation.create.provisional"}]"#)
        let step = (function["steps"] as? [String: Any])?["step"] as? [String: Any]
        #expect(Self.text(step?["retries"]) == #"{"attempts":3}"#)
    }

    @Test func `refreshing is limited by account and throttled`() async throws {
        let function = try #require(try await Self.functions()["refresh-organisation"])
        let limits = try #require(function["concurrency"] as? [[String: Any]])
        #expect(limits.map { $0["limit"] as? Int } == [100])
        #expect(limits.map { $0["key"] as? String } == ["event.data.accountId"])
        #expect(Self.text(function["throttle"]) == #"{"burst":100,"limit":1000,"period":"1m"}"#)
    }

    @Test func `a reminder is cancelled by the confirmation of the same organisation`() async throws {
        let function = try #require(try await Self.functions()["remind-of-confirmation"])
        #expect(
            Self.text(function["cancel"])
                == #"[{"event":"organisation.confirmed","if":"event.data.organisationId == async.data.organisationId"}]"#
        )
    }

    @Test func `stale organisations are looked for at night in Berlin`() async throws {
        let function = try #require(try await Self.functions()["refresh-stale-organisations"])
        let triggers = try #require(function["triggers"] as? [[String: Any]])
        #expect(triggers.map { $0["cron"] as? String } == ["TZ=Europe/Berlin 30 2 * * *"])
    }

    /// By id without the app's, from the answer to a server that asks in band.
    private static func functions() async throws -> [String: [String: Any]] {
        let folder = try TemporaryFolder()
        let system = try OrganisationsSystem(folder: folder.url, client: .test(url: "http://127.0.0.1:1"))
        let url = "http://127.0.0.1:3000/api/inngest"
        let request = ServeRequest(
            method: "PUT", target: "/api/inngest", headers: [("X-Inngest-Sync-Kind", "in_band")],
            body: Array(#"{"url":"\#(url)"}"#.utf8))
        guard case .bytes(let bytes) = try await Serve(system.app).handle(request).body else { return [:] }
        let body = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        let functions = try #require(
            body?["functions"] as? [[String: Any]], "\(String(decoding: bytes, as: UTF8.self))")
        let named = functions.map { (($0["id"] as? String ?? "").replacing("organisations-", with: ""), $0) }
        return Dictionary(named) { $1 }
    }

    private static func text(_ json: Any?) -> String {
        let data = json.flatMap { try? JSONSerialization.data(withJSONObject: $0, options: .sortedKeys) }
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}
