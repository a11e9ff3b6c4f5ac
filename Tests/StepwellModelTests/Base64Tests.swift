import Testing

@testable import StepwellModel

struct Base64Tests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `bytes and text are turned into each other`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        let bare = encoded.filter { $0 != "=" }
        #expect(Base64.encodeURL(Array(plain.utf8)) == bare)
        #expect(Base64.decodeURL(bare) == Array(plain.utf8))
        #expect(Base64.decodeURL(encoded) == Array(plain.utf8))
    }

    @Test func `the URL alphabet has no plus and slash`() {
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64.encodeURL([0xFB, 0xFF]) == "-_8")
        #expect(Base64.decodeURL("-_8") == [0xFB, 0xFF])
        #expect(Base64.decode("-_8=") == nil)
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z g=", "====", "Zm9v\n", "=Zg="])
    func `what is not base 64 is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
