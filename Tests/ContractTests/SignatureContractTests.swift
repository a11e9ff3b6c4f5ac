import StepwellModel
import StepwellWire
import Testing

@testable import Stepwell

/// Keys and signatures with fixed values, computed outside of this program from PROTOCOL 6.
@Suite struct SignatureContractTests {
    static let key = "signkey-test-0123456789abcdef"
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    static let body = Array(#"{"ctx":{"run_id":"R"},"event":{"data":{},"name":"a"}}"#.utf8)
    static let signature = "t=1700000000&s=61f1836be8f35412d020211cf6c5b738a7f55d97eb62a3e0a6f71766ec720ad2"

    static func serve(url: String = "http://127.0.0.1:1") throws -> Serve {
        let client = Client(id: "shop", environment: ["INNGEST_SIGNING_KEY": key, "INNGEST_BASE_URL": url])
        return try Serve(App(client: client, functions: []), options: .init(), clock: { now })
    }

    @Test func `a signed request is accepted and one with another byte is not`() throws {
        let keys = try Self.serve().keys
        try keys.verify(Self.signature, of: Self.body, at: Self.now)
        #expect(throws: StepwellError.self) {
            try keys.verify(Self.signature, of: Self.body + [0x20, 0x31], at: Self.now)
        }
    }

    @Test func `a body that is not in canonical form is accepted by its canonical form`() throws {
        let loose = Array(#"{ "event": {"name":"a", "data":{}}, "ctx": {"run_id":"R"} }"#.utf8)
        try Self.serve().keys.verify(Self.signature, of: loose, at: Self.now)
    }

    @Test func `an answer is signed over its very bytes`() throws {
        #expect(try Self.serve().keys.signature(of: Self.body, at: Self.now) == Self.signature)
    }

    @Test func `the bearer token is the prefix and the hash of the bytes that the key writes`() throws {
        #expect(
            try SigningKey("signkey-prod-12345678").bearerToken
                == "signkey-prod-b2ed992186a5cb19f6668aade821f502c1d00970dfd0e35128d51bac4649916c")
        #expect(
            try SigningKey("123abc").bearerToken == "94bab7f22b92278ccab46e15da43a9fb8b079c05fa099d4134c6c39bbcee49f6")
    }
}
