/// Builds one JSON text from front to back, without a tree; commas are its own business.
///
/// Numbers and strings come out as RFC 8785 wants them. Members come out in the order of the calls: whoever needs the
/// canonical form writes them sorted. Calls must match (`key` before each value in an object, each `begin…` ended).
package struct JSONWriter {
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    package init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// What was written, once every container is closed.
    package var json: RawJSON { RawJSON(validated: bytes) }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The name of the member whose value is written next.
    package mutating func key(_ name: StaticString) {
        separate()
        name.withUTF8Buffer { appendQuoted($0) }
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A name as another text spells it.
    package mutating func key(_ name: JSONName) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: name.source)
        bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: ":")])
        needsComma = false
    }

    package mutating func string(_ text: String) {
        separate()
        appendQuoted(text)
        needsComma = true
    }

    /// A string given as UTF-8.
    package mutating func string(utf8 text: UnsafeBufferPointer<UInt8>) {
        separate()
        appendQuoted(text)
        needsComma = true
    }

    package mutating func integer(_ value: some BinaryInteger) {
        separate()
        JSONNumber.append(integer: Int64(clamping: value), to: &bytes)
        needsComma = true
    }

    /// A number as ECMAScript writes it; null for what JSON has no form for (infinities and NaN), as ECMAScript does too.
    package mutating func double(_ value: Double) {
        separate()
        JSONNumber.append(value, to: &bytes)
        needsComma = true
    }

    package mutating func bool(_ value: Bool) { raw(value ? RawJSON("true") : RawJSON("false")) }

    package mutating func null() { raw(.null) }

    /// A text that passes through as it is.
    package mutating func raw(_ json: RawJSON) {
        separate()
        bytes.append(contentsOf: json.bytes)
        needsComma = true
    }

    package mutating func raw(_ slice: JSONSlice) {
        separate()
        bytes.append(contentsOf: slice.bytes)
        needsComma = true
    }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .integer(let number): integer(number)
        case .double(let number): double(number)
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.name)
                self.value(member.value)
            }
            endObject()
        }
    }
}

// MARK: - Whole members

extension JSONWriter {
    package mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }

    package mutating func member(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }

    package mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    package mutating func member(_ name: StaticString, _ json: RawJSON) {
        key(name)
        raw(json)
    }

    /// Leaves the member out when there is no value.
    package mutating func member(optional name: StaticString, _ text: String?) {
        if let text { member(name, text) }
    }

    /// Writes null when there is no value.
    package mutating func member(nullable name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    package mutating func member(optional name: StaticString, _ json: RawJSON?) {
        if let json { member(name, json) }
    }

    package mutating func member(optional name: StaticString, _ value: Int?) {
        if let value { member(name, value) }
    }
}

// MARK: - Bytes

extension JSONWriter {
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func appendQuoted(_ text: String) {
        var text = text
        text.withUTF8 { appendQuoted($0) }
    }

    private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        JSONWriter.append(escaping: text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends UTF-8 with the escapes of RFC 8785, section 3.2.2.2: only `"`, `\` and control characters have one.
    static func append(escaping text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        var clean = 0
        for index in text.indices {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: text[clean..<index])
            append(escape: byte, to: &bytes)
            clean = index + 1
        }
        bytes.append(contentsOf: text[clean...])
    }

    static func append(escape byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 15))
        }
    }

    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
