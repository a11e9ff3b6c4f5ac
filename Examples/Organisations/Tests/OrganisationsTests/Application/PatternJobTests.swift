import Foundation
import Testing

@testable import Organisations

/// The jobs that show one pattern each.
@Suite struct PatternJobTests {
    @Test func `an assessment looks up three things at the same time`() async throws {
        try await Fixture.run { fixture in
            let organisation = try fixture.createOrganisation("Acme")
            try fixture.organisations.link(organisation.id, to: try AccountID("a1"))
            let run = try Self.drive(fixture, "assess-organisation", "organisation.assessment.requested", organisation)
            let found = try await run.call().reports
            #expect(Set(found.map(\.step)) == ["count-accounts", "look-into-directory", "count-namesakes"])
            #expect(found.allSatisfy { $0.op == "StepPlanned" })

            let answer = try await run.finish()
            #expect(answer.body as? String == "provisional")
            #expect(run.steps.last == "keep-standing")
            #expect(try Self.column("standing", fixture) == "provisional")
        }
    }

    @Test func `a parent waits an hour for its child, matched by the parent's id`() async throws {
        try await Fixture.run { fixture in
            let run = try Self.followChildImport(fixture)
            let wait = try #require(try await run.call().reports.first)
            #expect(wait.op == "WaitForEvent")
            #expect(wait.options["if"] as? String == "event.data.parentId == async.data.parentId")
            #expect(wait.options["timeout"] as? String == "1h")
        }
    }

    @Test func `the child's event completes the import`() async throws {
        try await Fixture.run { fixture in
            let run = try Self.followChildImport(fixture)
            let child: [String: Any] = [
                "name": "child.completed", "id": "e2", "ts": 1_700_000_001_000,
                "data": ["parentId": "o1", "childId": "o2"],
            ]
            #expect(try await run.finish(waits: ["wait-for-child": child]).body as? String == "completed")
            #expect(try Self.column("child_import", fixture) == "completed")
        }
    }

    @Test func `without the child's event the import timed out`() async throws {
        try await Fixture.run { fixture in
            let answer = try await Self.followChildImport(fixture).finish()
            #expect(answer.body as? String == "timed-out")
            #expect(try Self.column("child_import", fixture) == "timed-out")
        }
    }

    @Test func `a profile that is found is kept`() async throws {
        try await Fixture.run { fixture in
            try fixture.folder.makeFolder("knowledge")
            try fixture.folder.write(#"{"homepage":"https://acme.example","employees":7}"#, to: "knowledge/E1.json")
            let run = try Self.enrich(fixture)
            #expect(try await run.finish().status == 200)
            #expect(run.steps == ["look-up-profile", "keep-profile"])
            #expect(try Self.column("homepage", fixture) == "https://acme.example")
        }
    }

    @Test func `a profile that cannot be had is nil, and the run goes on without a second attempt`() async throws {
        try await Fixture.run { fixture in
            let run = try Self.enrich(fixture)
            let report = try #require(try await run.call().reports.first)
            #expect(report.op == "StepRun")
            #expect(report.json["data"] is NSNull)
            run.record(report, ["data": NSNull()])
            let answer = try await run.finish()
            #expect(answer.status == 200)
            #expect(answer.body is NSNull)
            #expect(run.steps == ["look-up-profile"])
        }
    }

    @Test func `an export writes the record`() async throws {
        try await Fixture.run { fixture in
            try fixture.folder.makeFolder("exports")
            let organisation = try fixture.createOrganisation("Acme")
            #expect(try await Self.export(fixture, organisation.id.rawValue).finish().status == 200)
            let path = fixture.folder.url.appending(path: "exports/a1-\(organisation.id).json").path
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `an export that fails at every attempt fails its run`() async throws {
        try await Fixture.run { fixture in
            let organisation = try fixture.createOrganisation("Acme")
            let run = try Self.export(fixture, organisation.id.rawValue)
            #expect(try await run.finish().status >= 400)
            #expect(run.steps == ["load-organisation", "write-record"])
        }
    }

    @Test func `an export of an organisation that is not there is not tried again`() async throws {
        try await Fixture.run { fixture in
            let report = try #require(try await Self.export(fixture, "none").call().reports.first)
            #expect(report.op == "StepFailed")
        }
    }

    @Test func `when an export has failed for good people are told once, with error and event`() async throws {
        try await Fixture.run { fixture in
            let original: [String: Any] = [
                "name": "organisation.export.requested", "id": "e1", "ts": 1_700_000_000_000,
                "data": ["organisationId": "o1", "accountId": "a1"],
            ]
            let failure: [String: Any] = [
                "function_id": "organisations-export-organisation", "run_id": "01FAILED", "event": original,
                "events": [original], "error": ["name": "Error", "message": "the disk is full"],
            ]
            for runID in ["02RUN", "03RUN"] {
                let run = try fixture.drive(
                    "export-organisation-failure", "inngest/function.failed", failure, runID: runID)
                #expect(try await run.finish().status == 200)
                #expect(run.steps == ["notify"])
            }
            #expect(
                try SQLiteNotices(database: fixture.system.database).notices() == [
                    Notice(
                        subject: "export-organisation 01FAILED", error: "the disk is full",
                        event: #"organisation.export.requested {"accountId":"a1","organisationId":"o1"}"#)
                ])
        }
    }

    @Test func `a refresh is counted once for its event`() async throws {
        try await Fixture.run { fixture in
            let organisation = try fixture.createOrganisation("Acme")
            for runID in ["01RUN", "02RUN"] {
                let run = try fixture.drive(
                    "refresh-organisation", "organisation.refresh.requested",
                    ["organisationId": organisation.id.rawValue, "accountId": "a1"], runID: runID)
                #expect(try await run.finish().status == 200)
            }
            #expect(try fixture.system.database.run("SELECT event_id FROM refreshes") == [[.text("event-1")]])
        }
    }

    @Test func `every night a refresh is asked for each organisation that never had one`() async throws {
        try await Fixture.run { fixture in
            let organisations = try ["Acme", "Bolt", "Core"].map { try fixture.createOrganisation($0) }
            for organisation in organisations.dropLast() {
                try fixture.organisations.link(organisation.id, to: try AccountID("a1"))
            }
            try fixture.organisations.link(organisations[0].id, to: try AccountID("a0"))
            try fixture.organisations.noteRefresh("e1", of: organisations[1].id)
            let run = try fixture.drive(
                "refresh-stale-organisations", "inngest/scheduled.timer",
                ["cron": "30 2 * * *", "scheduledAt": "2026-01-01T02:30:00Z", "fireAt": "2026-01-01T02:30:00Z"])
            #expect(try await run.finish().status == 200)
            #expect(run.steps == ["list-stale-organisations", "request-refreshes"])
            #expect(
                try fixture.organisations.stale(atMost: 9) == [
                    StaleOrganisation(organisationId: organisations[0].id, accountId: try AccountID("a0"))
                ])
        }
    }

    @Test func `an owner who does not confirm is reminded after three days`() async throws {
        try await Fixture.run { fixture in
            let run = try fixture.drive(
                "remind-of-confirmation", "organisation.confirmation.requested",
                ["organisationId": "o1", "accountId": "a1"])
            let sleep = try #require(try await run.call().reports.first)
            #expect(sleep.op == "Sleep")
            #expect(try await run.finish().status == 200)
            #expect(
                try SQLiteNotices(database: fixture.system.database).notices().map(\.subject) == ["confirmation of o1"])
        }
    }

    // MARK: -

    private static func drive(
        _ fixture: Fixture, _ job: String, _ event: String, _ organisation: Organisation
    ) throws -> RunDriver {
        try fixture.drive(job, event, ["organisationId": organisation.id.rawValue])
    }

    private static func followChildImport(_ fixture: Fixture) throws -> RunDriver {
        try fixture.system.database.run("INSERT INTO organisations (id, name) VALUES ('o1', 'Acme')")
        return try fixture.drive("follow-child-import", "parent.import.started", ["parentId": "o1"])
    }

    private static func enrich(_ fixture: Fixture) throws -> RunDriver {
        let organisation = try fixture.createOrganisation("Acme", diffbotId: "E1")
        return try drive(fixture, "enrich-organisation", "organisation.enrichment.requested", organisation)
    }

    private static func export(_ fixture: Fixture, _ organisation: String) throws -> RunDriver {
        try fixture.drive(
            "export-organisation", "organisation.export.requested",
            ["organisationId": organisation, "accountId": "a1"])
    }

    private static func column(_ name: String, _ fixture: Fixture) throws -> String? {
        try fixture.system.database.run("SELECT \(name) FROM organisations").first?.first?.text
    }
}
