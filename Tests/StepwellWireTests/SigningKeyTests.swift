import StepwellModel
import Testing

@testable import StepwellWire

struct SigningKeyTests {
    /// PROTOCOL §6, both verified against the reference.
    @Test func `the bearer form is the prefix and the hash of the decoded key`() throws {
        let key = try SigningKey("signkey-prod-12345678")
        #expect(key.bearerToken.hasPrefix("signkey-prod-b2ed9921"))
        #expect(key.bearerToken.hasSuffix("916c"))
        #expect(key.authorization == "Bearer " + key.bearerToken)
        let bare = try SigningKey("123abc")
        #expect(bare.bearerToken.hasPrefix("94bab7f2"))
        #expect(bare.bearerToken.hasSuffix("49f6"))
        #expect(bare.prefix == "")
    }

    @Test func `a bearer may be plain or hashed and have any prefix or none`() throws {
        let key = try SigningKey("signkey-prod-12345678")
        let hash = String(key.bearerToken.dropFirst("signkey-prod-".count))
        for token in [
            "12345678", "signkey-test-12345678", "signkey-prod-12345678", hash, "signkey-branch-\(hash)",
            hash.uppercased(),
        ] {
            #expect(key.accepts(authorization: "Bearer \(token)"))
            #expect(key.accepts(authorization: "bEARER   \(token)"))
        }
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "12345678", "Basic 12345678", "Bearer 1234567", "Bearer 123456789",
        "Bearer 87654321", "Bearer signkey-prod-",
        "Bearer signkey--12345678", "Bearer  signkey-a-b-12345678",
    ])
    func `every other authorization is refused`(header: String?) throws {
        #expect(try !SigningKey("signkey-prod-12345678").accepts(authorization: header))
    }

    @Test(arguments: [
        ("", SigningKey.Problem.empty), ("signkey-prod-", .empty), ("123", .notHexadecimal),
        ("signkey-prod-xyz0", .notHexadecimal),
        ("signkey-prod-12 4", .notHexadecimal), ("signkey-12345678", .notHexadecimal),
    ])
    func `a text that cannot be a key is refused with advice`(text: String, problem: SigningKey.Problem) {
        let error = #expect(throws: SigningKey.Problem.self) { try SigningKey(text) }
        #expect(error == problem)
        #expect(error?.description.contains("openssl rand -hex 32") == true)
    }

    @Test func `a key does not print itself`() throws {
        #expect(try "\(SigningKey("signkey-prod-12345678"))" == "signkey-prod-<redacted>")
    }
}

struct SignatureTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_999)
    private let body = Array(#"{"a":1}"#.utf8)

    /// Computed with `printf '%s' '{"a":1}1700000000' | openssl dgst -sha256 -hmac 12345678`.
    private let header = "t=1700000000&s=67a82077baa52522b1f612a154a25275c00a0338efc32be5ee396bd2391ba5e0"

    @Test func `a body is signed with the time behind it`() throws {
        let key = try SigningKey("signkey-prod-12345678")
        #expect(try Signature.sign(body, with: key, at: now) == header)
        #expect(try Signature.sign(body, with: SigningKey("12345678"), at: now) == header)
    }

    @Test func `a signature holds for 5 minutes in both directions`() throws {
        let key = try SigningKey("12345678")
        for offset: Int64 in [-299, 0, 299] {
            try Signature.verify(header, of: body, with: key, at: now + .seconds(offset))
        }
        for offset: Int64 in [-302, 302, 86_400] {
            #expect(throws: Signature.Problem.expired) {
                try Signature.verify(header, of: body, with: key, at: now + .seconds(offset))
            }
        }
    }

    @Test(
        arguments: [
            (nil, .missing), ("", .missing), ("t=1700000000", .malformed), ("s=00", .malformed),
            ("t=x&s=00", .malformed), ("t=1700000000&s=zz", .malformed),
            ("t=1700000000&s=" + String(repeating: "0", count: 64), .mismatch),
            ("t=9999999999999999999&s=" + String(repeating: "0", count: 64), .malformed),
            ("garbage", .malformed),
        ] as [(String?, Signature.Problem)])
    func `a signature that does not hold is refused`(header: String?, problem: Signature.Problem) throws {
        let key = try SigningKey("12345678")
        #expect(throws: problem) { try Signature.verify(header, of: body, with: key, at: now) }
    }

    @Test func `another body, key or time does not fit`() throws {
        let key = try SigningKey("12345678")
        #expect(throws: Signature.Problem.mismatch) {
            try Signature.verify(header, of: body + [0x20], with: key, at: now)
        }
        #expect(throws: Signature.Problem.mismatch) {
            try Signature.verify(header, of: body, with: SigningKey("1234567a"), at: now)
        }
        let later = header.replacing("t=1700000000", with: "t=1700000001")
        #expect(throws: Signature.Problem.mismatch) { try Signature.verify(later, of: body, with: key, at: now) }
    }

    @Test func `a body that was written anew holds in its canonical form`() throws {
        let key = try SigningKey("12345678")
        try Signature.verifyCanonical(header, of: Array(#"{ "a": 1.0 }"#.utf8), with: key, at: now)
        #expect(throws: Signature.Problem.mismatch) {
            try Signature.verifyCanonical(header, of: Array(#"{ "a": 2 }"#.utf8), with: key, at: now)
        }
    }

    @Test func `an empty body is signed by its time alone`() throws {
        let key = try SigningKey("12345678")
        let header = try Signature.sign([], with: key, at: now)
        #expect(header == "t=1700000000&s=189656184e486419febc1f6fd73e1c45bc8595c99633a32ebe1ea40ac8adf630")
        try Signature.verify(header, of: [], with: key, at: now)
    }

    @Test func `many threads sign at a time`() async throws {
        let key = try SigningKey("12345678")
        let (body, now, header) = (body, now, header)
        let signatures = await withTaskGroup(of: [String?].self) { group in
            for _ in 0..<8 { group.addTask { (0..<200).map { _ in try? Signature.sign(body, with: key, at: now) } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(signatures.count == 1_600)
        #expect(signatures.allSatisfy { $0 == header })
    }
}

struct IdentityTests {
    /// PROTOCOL §3.3, verified against the reference.
    @Test func `a step id is hashed, its repetitions with their number`() {
        #expect(StepID.hashed("my-step-id") == "e7d8a2f140845095749d60246ff1110c9d01d76a")
        #expect(StepID.hashed("a", repetition: 1) == Hex.encode(SecureHash.sha1("a:1")))
    }

    /// Computed with Python's `uuid.uuid5(uuid.NAMESPACE_OID, …)`.
    @Test func `apps and functions get ids from their names`() {
        #expect(NameUUID.app(named: "my-app").description == "6314abb5-b9cc-5d32-8ac3-51e26170f039")
        #expect(NameUUID.function(named: "f", url: "http://x").description == "d9ae7b3c-f4d5-5fdf-82ea-8dacfc250cbe")
        #expect(UUIDBytes("6314abb5-b9cc-5d32-8ac3-51e26170f039") == NameUUID.app(named: "my-app"))
        for text in ["", "6314abb5", "6314abb5-b9cc-5d32-8ac3-51e26170f03", "6314abb5-b9cc-5d32-8ac3-51e26170f03g"] {
            #expect(UUIDBytes(text) == nil)
        }
    }

    @Test func `hexadecimal digits are read in either case`() {
        #expect(Hex.encode([0, 0x0F, 0xAB]) == "000fab")
        #expect(Hex.decode("000FaB") == [0, 0x0F, 0xAB])
        #expect(Hex.decode("") == [])
        for text in ["0", "0g", "é"] { #expect(Hex.decode(text) == nil) }
    }
}
