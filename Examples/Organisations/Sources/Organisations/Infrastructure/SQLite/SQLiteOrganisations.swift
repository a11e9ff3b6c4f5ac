import Foundation

/// Organisations in the system's database.
struct SQLiteOrganisations: OrganisationRepository {
    let database: Database

    /// The name is the key. When the step is repeated, the new id is thrown away and the row that is there is given.
    func create(name: OrganisationName, diffbotId: DiffbotID?) throws -> Organisation {
        let rows = try database.run(
            """
            INSERT INTO organisations (id, name, diffbot_id) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET diffbot_id = coalesce(diffbot_id, excluded.diffbot_id)
            RETURNING id, name, diffbot_id
            """,
            [.text("org-\(UUID().uuidString.lowercased())"), .text(name.rawValue), SQLiteValue(diffbotId?.rawValue)])
        return try Self.organisation(rows[0])
    }

    /// Account and organisation together are the key: linked twice is linked once.
    func link(_ organisation: OrganisationID, to account: AccountID) throws {
        try database.run(
            "INSERT INTO account_organisations (organisation_id, account_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [.text(organisation.rawValue), .text(account.rawValue)])
    }

    func organisation(_ id: OrganisationID) throws -> Organisation {
        let rows = try database.run(
            "SELECT id, name, diffbot_id FROM organisations WHERE id = ?", [.text(id.rawValue)])
        guard let row = rows.first else { throw OrganisationNotFound(id: id) }
        return try Self.organisation(row)
    }

    func accountCount(of organisation: OrganisationID) throws -> Int {
        try count(
            "SELECT count(*) FROM account_organisations WHERE organisation_id = ?", [.text(organisation.rawValue)])
    }

    func namesakeCount(of organisation: OrganisationID) throws -> Int {
        try count(
            """
            SELECT count(*) FROM organisations AS other JOIN organisations AS own ON own.id = ?
            WHERE other.id <> own.id AND lower(other.name) = lower(own.name)
            """,
            [.text(organisation.rawValue)])
    }

    func set(_ standing: Standing, of organisation: OrganisationID) throws {
        try update("standing = ?", [.text(standing.rawValue)], of: organisation)
    }

    func set(_ profile: Profile, of organisation: OrganisationID) throws {
        try update(
            "homepage = ?, employees = ?", [.text(profile.homepage), .integer(Int64(profile.employees))],
            of: organisation)
    }

    func set(_ outcome: ImportOutcome, of organisation: OrganisationID) throws {
        try update("child_import = ?", [.text(outcome.rawValue)], of: organisation)
    }

    /// The event is the key. Adding one to a counter would count a repeated step twice.
    func noteRefresh(_ refresh: String, of organisation: OrganisationID) throws {
        try database.run(
            "INSERT INTO refreshes (event_id, organisation_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [.text(refresh), .text(organisation.rawValue)])
    }

    func stale(atMost count: Int) throws -> [StaleOrganisation] {
        try database.run(
            """
            SELECT organisation_id, min(account_id) FROM account_organisations
            WHERE organisation_id NOT IN (SELECT organisation_id FROM refreshes)
            GROUP BY organisation_id ORDER BY organisation_id LIMIT ?
            """,
            [.integer(Int64(count))]
        ).map {
            StaleOrganisation(
                organisationId: try OrganisationID($0[0].text ?? ""), accountId: try AccountID($0[1].text ?? ""))
        }
    }

    private func update(_ assignments: String, _ values: [SQLiteValue], of id: OrganisationID) throws {
        let rows = try database.run(
            "UPDATE organisations SET \(assignments) WHERE id = ? RETURNING id", values + [.text(id.rawValue)])
        guard !rows.isEmpty else { throw OrganisationNotFound(id: id) }
    }

    private func count(_ sql: String, _ values: [SQLiteValue]) throws -> Int {
        Int(try database.run(sql, values).first?.first?.integer ?? 0)
    }

    private static func organisation(_ row: [SQLiteValue]) throws -> Organisation {
        Organisation(
            id: try OrganisationID(row[0].text ?? ""), name: try OrganisationName(row[1].text ?? ""),
            diffbotId: try row[2].text.map { text in try DiffbotID(text) })
    }
}
