/// One JSON text in the canonical form of RFC 8785 (JCS), and what that form could not keep.
///
/// Signatures are made over this form and SDKs make it anew from what they parsed, so it must be exact to the byte.
/// A text that is canonical already is found so in one pass and passes through.
package struct CanonicalJSON: Sendable, Hashable {
    /// What the canonical form dropped. A caller for whom it matters keeps the original.
    package struct Losses: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A number has another value as an IEEE 754 double: an integer beyond 2⁵³, more than 17 digits, an underflow.
        package static let precision = Losses(rawValue: 1)
        /// A number is beyond the range of doubles. RFC 8785 has no form for it: it is written as received.
        package static let overflow = Losses(rawValue: 2)
        /// An object repeated a name; the last value was kept.
        package static let repeatedName = Losses(rawValue: 4)
    }

    package let json: RawJSON
    package let losses: Losses

    /// The canonical form of one JSON text from outside.
    package init(validating bytes: [UInt8]) throws(JSONError) {
        if JSONScanner.isCanonical(bytes) {
            json = RawJSON(validated: bytes)
            losses = []
        } else {
            try JSONScanner.validate(bytes)
            (json, losses) = CanonicalWriter.write(bytes[...])
        }
    }

    package init(_ raw: RawJSON) {
        if JSONScanner.isCanonical(raw.bytes) {
            json = raw
            losses = []
        } else {
            (json, losses) = CanonicalWriter.write(raw.bytes[...])
        }
    }

    package init(_ slice: JSONSlice) {
        (json, losses) = JSONScanner.isCanonical(slice.bytes) ? (slice.raw, []) : CanonicalWriter.write(slice.bytes)
    }
}

extension CanonicalJSON {
    /// The form in which payloads are stored: canonical, or as received where that would change a number.
    ///
    /// Of a repeated name the last value counts everywhere here, so dropping the others changes nothing.
    package static func stored(_ slice: JSONSlice) -> (json: RawJSON, losses: Losses) {
        let form = CanonicalJSON(slice)
        let changes = form.losses.subtracting(.repeatedName)
        return changes.isEmpty ? (form.json, []) : (slice.raw, changes)
    }
}

extension RawJSON {
    /// Whether the text is in canonical form.
    package var isCanonical: Bool { JSONScanner.isCanonical(bytes) }
}
