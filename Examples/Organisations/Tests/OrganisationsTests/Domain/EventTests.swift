import Foundation
import Testing

@testable import Organisations

@Suite struct EventTests {
    @Test func `a provisional organisation is written with its texts alone`() throws {
        let event = OrganisationCreateProvisional(
            accountId: try AccountID("a1"), name: try OrganisationName("Acme Ltd"), diffbotId: try DiffbotID("Eabc"))
        #expect(OrganisationCreateProvisional.name == "organisation.create.provisional")
        #expect(try Self.text(event) == #"{"accountId":"a1","diffbotId":"Eabc","name":"Acme Ltd"}"#)
    }

    @Test func `without an id of Diffbot's the property is absent`() throws {
        let event = OrganisationCreateProvisional(accountId: try AccountID("a1"), name: try OrganisationName("Acme"))
        #expect(try Self.text(event) == #"{"accountId":"a1","name":"Acme"}"#)
    }

    @Test func `a created organisation is written with organisation and account`() throws {
        let event = OrganisationCreated(organisationId: try OrganisationID("o1"), accountId: try AccountID("a1"))
        #expect(OrganisationCreated.name == "organisation.created")
        #expect(try Self.text(event) == #"{"accountId":"a1","organisationId":"o1"}"#)
    }

    @Test(arguments: [#"{"accountId":"a/1","name":"Acme"}"#, #"{"accountId":"a1","name":" Acme "}"#, "{}"])
    func `an event that breaks a rule cannot be read`(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(OrganisationCreateProvisional.self, from: Data(json.utf8))
        }
    }

    private static func text(_ event: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(event), as: UTF8.self)
    }
}
