import Foundation
import Testing

@testable import Organisations

/// The repositories, each operation done twice, on a real file.
@Suite struct SQLiteTests {
    let folder: TemporaryFolder
    let database: Database
    let organisations: SQLiteOrganisations
    let directory: SQLiteDirectory

    init() throws {
        folder = try TemporaryFolder()
        database = try Database(path: folder.url.appending(path: "organisations.db").path)
        organisations = SQLiteOrganisations(database: database)
        directory = SQLiteDirectory(database: database)
    }

    @Test func `creating the same name twice gives the same organisation`() throws {
        let first = try organisations.create(name: try OrganisationName("Acme"), diffbotId: nil)
        let second = try organisations.create(name: try OrganisationName("Acme"), diffbotId: nil)
        #expect(first == second)
        #expect(try count("organisations") == 1)
    }

    @Test func `an id of Diffbot's that comes later is kept, and never replaced`() throws {
        let name = try OrganisationName("Acme")
        _ = try organisations.create(name: name, diffbotId: nil)
        #expect(try organisations.create(name: name, diffbotId: try DiffbotID("E1")).diffbotId?.rawValue == "E1")
        #expect(try organisations.create(name: name, diffbotId: try DiffbotID("E2")).diffbotId?.rawValue == "E1")
    }

    @Test func `names and ids are data and no part of a statement`() throws {
        let name = try OrganisationName("Robert'); DROP TABLE organisations;-- ☃")
        let organisation = try organisations.create(name: name, diffbotId: nil)
        #expect(try organisations.organisation(organisation.id).name == name)
    }

    @Test func `linking and listing twice leaves one row each`() throws {
        let id = try create("Acme")
        for _ in 1...2 {
            try organisations.link(id, to: try AccountID("a1"))
            try directory.list(id, for: try AccountID("a1"))
        }
        #expect(try organisations.accountCount(of: id) == 1)
        #expect(try directory.isListed(id))
        #expect(try count("directory") == 1)
    }

    @Test func `an organisation may belong to several accounts`() throws {
        let id = try create("Acme")
        for account in ["a1", "a2"] { try organisations.link(id, to: try AccountID(account)) }
        #expect(try organisations.accountCount(of: id) == 2)
    }

    @Test func `a link to no organisation is refused`() throws {
        #expect(throws: SQLiteError.self) {
            try organisations.link(try OrganisationID("none"), to: try AccountID("a1"))
        }
    }

    @Test func `organisations that differ in capitals are namesakes`() throws {
        let id = try create("Acme")
        _ = try create("ACME")
        _ = try create("Acme Ltd")
        #expect(try organisations.namesakeCount(of: id) == 1)
    }

    @Test func `one event counts as one refresh`() throws {
        let id = try create("Acme")
        for event in ["e1", "e1", "e2"] { try organisations.noteRefresh(event, of: id) }
        #expect(try count("refreshes") == 2)
    }

    @Test func `what is set on an organisation that is not there is an error`() throws {
        let id = try OrganisationID("none")
        #expect(throws: OrganisationNotFound(id: id)) { try organisations.organisation(id) }
        #expect(throws: OrganisationNotFound(id: id)) { try organisations.set(Standing.established, of: id) }
    }

    @Test func `people are told once`() throws {
        let notices = SQLiteNotices(database: database)
        let notice = Notice(subject: "s", error: "e", event: "v")
        for _ in 1...2 { try notices.notify(notice) }
        #expect(try notices.notices() == [notice])
    }

    @Test func `what was written is there when the file is opened again`() throws {
        let id = try create("Acme")
        let again = try Database(path: folder.url.appending(path: "organisations.db").path)
        #expect(try SQLiteOrganisations(database: again).organisation(id).name.rawValue == "Acme")
    }

    @Test func `a file that cannot be opened is named`() throws {
        let path = folder.url.appending(path: "no/such/folder.db").path
        let error = #expect(throws: SQLiteError.self) { try Database(path: path) }
        #expect(error?.description.contains(path) == true)
    }

    private func create(_ name: String) throws -> OrganisationID {
        try organisations.create(name: try OrganisationName(name), diffbotId: nil).id
    }

    private func count(_ table: String) throws -> Int64? {
        try database.run("SELECT count(*) FROM \(table)").first?.first?.integer
    }
}
