/// The bytes of one JSON text, known to be valid, which pass through unparsed.
///
/// Whoever makes one vouches for its validity: ``JSONScanner`` checks what comes from outside, and our own writers produce
/// valid text. In canonical form (RFC 8785) unless the text would lose something by it; see ``CanonicalJSON``.
package struct RawJSON: Sendable, Hashable {
    package let bytes: [UInt8]

    /// Wraps bytes that are known to be one valid JSON text.
    package init(validated bytes: [UInt8]) { self.bytes = bytes }

    /// Wraps a literal of ours that is known to be one valid JSON text.
    package init(_ literal: StaticString) {
        bytes = literal.withUTF8Buffer { Array($0) }
    }

    package static let null = RawJSON("null")
    package static let emptyObject = RawJSON("{}")

    package var count: Int { bytes.count }
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}
