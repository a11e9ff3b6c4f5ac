import Foundation
import Testing

@testable import Organisations

@Suite struct CreateProvisionalOrganisationJobTests {
    static let request = ["accountId": "a1", "name": "Acme Ltd", "diffbotId": "Eabc"]

    @Test func `it creates, links and announces, and returns the organisation`() async throws {
        try await Fixture.run { fixture in
            let run = try Self.drive(fixture)
            let answer = try await run.finish()
            #expect(answer.status == 200)
            #expect(run.steps == ["create-organisation", "link-to-account", "emit-created"])

            let id = try #require((answer.body as? [String: String])?["organisationId"])
            let organisation = try fixture.organisations.organisation(try OrganisationID(id))
            #expect(organisation.name.rawValue == "Acme Ltd")
            #expect(organisation.diffbotId?.rawValue == "Eabc")
            #expect(try fixture.organisations.accountCount(of: organisation.id) == 1)
            #expect(fixture.server.received.map(\.name) == ["organisation.created"])
            #expect(fixture.server.received.map(\.data) == [["organisationId": id, "accountId": "a1"]])
        }
    }

    @Test func `steps that ran in a worker that died run again and leave the same`() async throws {
        try await Fixture.run { fixture in
            let run = try Self.drive(fixture)
            for _ in 1...3 {
                // The step runs, and the worker dies with its answer: the server has nothing to record.
                let lost = try await run.call()
                try run.restartWorker()
                let report = try #require(try await run.call().reports.first)
                #expect(lost.reports.first?.step == report.step)
                run.record(report, ["data": report.json["data"] ?? NSNull()])
            }
            #expect(try await run.finish().status == 200)

            let rows = try fixture.system.database.run("SELECT organisation_id FROM account_organisations")
            #expect(rows.count == 1)
            #expect(try fixture.system.database.run("SELECT id FROM organisations") == rows)
            // Sent twice under one id, by which the server knows the second one.
            #expect(fixture.server.received.count == 2)
            #expect(Set(fixture.server.received.map(\.id)).count == 1)
        }
    }

    @Test func `the work log tells when each step began, was handed over, and was acknowledged`() async throws {
        try await Fixture.run { fixture in
            _ = try await Self.drive(fixture).finish()
            let entries = try fixture.folder.workLog()
            #expect(
                entries.map { "\($0.step) \($0.moment.rawValue)" } == [
                    "create-organisation begun", "create-organisation handed-over", "create-organisation acknowledged",
                    "link-to-account begun", "link-to-account handed-over", "link-to-account acknowledged",
                    "emit-created begun", "emit-created acknowledged",
                ])
            #expect(Set(entries.map(\.subject)) == ["Acme Ltd"])
        }
    }

    @Test func `what is announced is listed in the directory by another job`() async throws {
        try await Fixture.run { fixture in
            _ = try await Self.drive(fixture).finish()
            let announced = try #require(fixture.server.received.first)
            let consumer = try fixture.drive("list-organisation", announced.name, announced.data, runID: "02RUN")
            #expect(try await consumer.finish().status == 200)
            #expect(consumer.steps == ["list-in-directory"])
            let id = try OrganisationID(try #require(announced.data["organisationId"]))
            #expect(try SQLiteDirectory(database: fixture.system.database).isListed(id))
        }
    }

    private static func drive(_ fixture: Fixture) throws -> RunDriver {
        try fixture.drive("create-provisional-organisation", "organisation.create.provisional", request)
    }
}
