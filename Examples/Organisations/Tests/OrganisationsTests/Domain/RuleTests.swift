import Testing

@testable import Organisations

@Suite struct RuleTests {
    @Test(arguments: [
        ("Acme", "Acme"), ("  Acme  Ltd ", "Acme Ltd"), ("Acme\tLtd", "Acme Ltd"), ("Ærø Brød", "Ærø Brød"),
    ])
    func `a name is brought into normal form`(text: String, name: String) throws {
        #expect(try OrganisationName(text).rawValue == name)
    }

    @Test(arguments: ["", "   ", "Acme\nLtd", "Acme\u{0}", String(repeating: "a", count: 201)])
    func `what is no name is refused`(text: String) {
        #expect(throws: DomainError.self) { try OrganisationName(text) }
    }

    @Test func `a name of 200 characters is allowed`() throws {
        let text = String(repeating: "ü", count: 200)
        #expect(try OrganisationName(text).rawValue == text)
    }

    @Test(arguments: ["a", "account-7", "A_b-9", String(repeating: "x", count: 64)])
    func `an identifier of letters, digits, hyphens and underscores is allowed`(text: String) throws {
        #expect(try AccountID(text).rawValue == text)
    }

    @Test(arguments: ["", "a b", "a/b", "é", "../x", String(repeating: "x", count: 65)])
    func `any other identifier is refused by name`(text: String) {
        let error = #expect(throws: DomainError.self) { try DiffbotID(text) }
        #expect(error?.description.contains("DiffbotID") == true)
    }

    @Test(arguments: [
        (0, false, 0, Standing.provisional), (1, false, 0, .provisional), (0, true, 0, .provisional),
        (1, true, 0, .established), (2, true, 1, .ambiguous), (0, false, 3, .ambiguous),
    ])
    func `the standing follows from accounts, directory and namesakes`(
        accounts: Int, isListed: Bool, namesakes: Int, standing: Standing
    ) {
        #expect(
            StandingRule.standing(accounts: accounts, isListed: isListed, namesakes: namesakes) == standing)
    }
}
