import Foundation
import Stepwell
import Testing

@testable import Organisations

/// The whole system with the real server: what the other tests play is real here.
@Suite struct LiveServerTests {
    @Test func `a posted organisation is created, linked, announced and listed`() async throws {
        try await LiveServer.run { live in
            let answer = try await http(
                "POST", live.organisations, headers: ["Idempotency-Key": "k1"],
                body: #"{"accountId":"a1","name":"Acme Ltd"}"#)
            #expect(answer.status == 202)
            let row = try await live.eventually("listed") {
                try live.system.database.run(
                    """
                    SELECT name, account_organisations.account_id, directory.account_id FROM organisations
                    JOIN account_organisations ON account_organisations.organisation_id = organisations.id
                    JOIN directory ON directory.organisation_id = organisations.id
                    """
                ).first
            }
            #expect(row == [.text("Acme Ltd"), .text("a1"), .text("a1")])
        }
    }

    @Test func `a repeated request starts one job`() async throws {
        try await LiveServer.run { live in
            for _ in 1...3 {
                _ = try await http(
                    "POST", live.organisations, headers: ["Idempotency-Key": "k1"],
                    body: #"{"accountId":"a1","name":"Acme"}"#)
            }
            // A later event is handled after them, so what they start has begun by then.
            _ = try await http("POST", live.organisations, body: #"{"accountId":"a1","name":"Later"}"#)
            let log = try await live.eventually("the later one is announced") {
                let log = try live.folder.workLog()
                let isDone = log.contains {
                    $0.subject == "Later" && $0.step == "emit-created" && $0.moment == .acknowledged
                }
                return isDone ? log : nil
            }
            #expect(Set(log.filter { $0.subject == "Acme" }.map(\.run)).count == 1)
        }
    }

    @Test func `an assessment joins its parallel steps`() async throws {
        try await LiveServer.run { live in
            let organisation = try live.create("Acme")
            try await live.send(OrganisationAssessmentRequested(organisationId: organisation))
            let standing = try await live.column("standing")
            #expect(standing == "provisional")
        }
    }

    @Test func `a parent's import ends with the event of its own child`() async throws {
        try await LiveServer.run { live in
            let parent = try live.create("Acme")
            let other = try OrganisationID("another-parent")
            try await live.send(ParentImportStarted(parentId: parent))
            // The wait begins some time after the event: what comes before does not count, so say it again.
            let outcome = try await live.eventually("an outcome") {
                try await live.send(ChildCompleted(parentId: other, childId: other))
                try await live.send(ChildCompleted(parentId: parent, childId: other))
                return try live.system.database.run("SELECT child_import FROM organisations").first?.first?.text
            }
            #expect(outcome == "completed")
        }
    }

    @Test func `an enrichment without a profile is no failure`() async throws {
        try await LiveServer.run { live in
            let organisation = try live.create("Acme", diffbotId: "E1")
            try await live.send(OrganisationEnrichmentRequested(organisationId: organisation))
            let status = try await live.eventually("the run ends") { try await live.status(of: "enrich-organisation") }
            #expect(status == "completed")
        }
    }

    @Test func `an export that fails for good tells people`() async throws {
        try await LiveServer.run { live in
            let organisation = try live.create("Acme")
            let account = try AccountID("a1")
            try await live.send(OrganisationExportRequested(organisationId: organisation, accountId: account))
            let notice = try await live.eventually("a notice") {
                try SQLiteNotices(database: live.system.database).notices().first
            }
            #expect(!notice.error.isEmpty)
            #expect(
                notice.event
                    == #"organisation.export.requested {"accountId":"a1","organisationId":"\#(organisation)"}"#)
        }
    }

    @Test func `a confirmation ends the reminder of its own organisation`() async throws {
        try await LiveServer.run { live in
            let (own, other) = (try OrganisationID("o1"), try OrganisationID("o2"))
            let account = try AccountID("a1")
            for organisation in [other, own] {
                try await live.send(
                    OrganisationConfirmationRequested(organisationId: organisation, accountId: account))
            }
            // A run listens from the moment that it is there, and the send returns after that.
            try await live.send(OrganisationConfirmed(organisationId: own))
            let status = try await live.eventually("the reminder ends") {
                try await live.status(of: "remind-of-confirmation")
            }
            #expect(status == "cancelled")
        }
    }

    @Test func `a refresh passes its limits`() async throws {
        try await LiveServer.run { live in
            let organisation = try live.create("Acme")
            let account = try AccountID("a1")
            for _ in 1...10 {
                try await live.send(OrganisationRefreshRequested(organisationId: organisation, accountId: account))
            }
            _ = try await live.eventually("ten refreshes") {
                try live.system.database.run("SELECT event_id FROM refreshes").count == 10 ? true : nil
            }
        }
    }
}

extension LiveServer {
    fileprivate func create(_ name: String, diffbotId: String? = nil) throws -> OrganisationID {
        try SQLiteOrganisations(database: system.database).create(
            name: try OrganisationName(name), diffbotId: try diffbotId.map { text in try DiffbotID(text) }
        ).id
    }

    fileprivate func send(_ event: some Event) async throws { try await system.app.client.send(event) }

    /// What is in the first organisation's column, when there is something.
    fileprivate func column(_ name: String) async throws -> String {
        try await eventually(name) {
            try system.database.run("SELECT \(name) FROM organisations").first?.first?.text
        }
    }

    /// How the first run of a job ended; nil while it has not.
    fileprivate func status(of job: String) async throws -> String? {
        struct Page: Decodable {
            struct Run: Decodable {
                let status: String
                let ended_at: String?
            }

            let data: [Run]
        }
        let answer = try await http("GET", "\(url)/api/runs?function=organisations-\(job)")
        let run = try JSONDecoder().decode(Page.self, from: Data(answer.body.utf8)).data.first
        return run?.ended_at == nil ? nil : run?.status
    }
}
