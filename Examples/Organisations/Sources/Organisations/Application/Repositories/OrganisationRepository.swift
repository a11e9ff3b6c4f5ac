/// Where organisations are kept.
///
/// Every operation is called from steps, and a step may run more than once: its process can die between doing the work
/// and recording it. So each operation says what shall be true afterwards, not what to add, and doing it twice leaves
/// what doing it once leaves.
protocol OrganisationRepository: Sendable {
    /// The organisation of this name: made if there is none, else the one that is there.
    func create(name: OrganisationName, diffbotId: DiffbotID?) throws -> Organisation

    /// Makes an organisation belong to an account.
    func link(_ organisation: OrganisationID, to account: AccountID) throws

    /// The organisation.
    ///
    /// - Throws: ``OrganisationNotFound``.
    func organisation(_ id: OrganisationID) throws -> Organisation

    /// How many accounts it belongs to.
    func accountCount(of organisation: OrganisationID) throws -> Int

    /// How many other organisations differ from it in nothing but capitals.
    func namesakeCount(of organisation: OrganisationID) throws -> Int

    /// Keeps what an assessment found.
    func set(_ standing: Standing, of organisation: OrganisationID) throws

    /// Keeps what the knowledge graph knows.
    func set(_ profile: Profile, of organisation: OrganisationID) throws

    /// Keeps how the import of the organisation's child ended.
    func set(_ outcome: ImportOutcome, of organisation: OrganisationID) throws

    /// Keeps that the event `refresh` brought the organisation up to date.
    func noteRefresh(_ refresh: String, of organisation: OrganisationID) throws

    /// Organisations of accounts that were never brought up to date, each once, the first by id.
    func stale(atMost count: Int) throws -> [StaleOrganisation]
}

/// There is no such organisation.
struct OrganisationNotFound: Error, Hashable, CustomStringConvertible {
    let id: OrganisationID

    var description: String { "there is no organisation \(id)" }
}
