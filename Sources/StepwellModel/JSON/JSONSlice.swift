/// One value inside a valid JSON text, as a range of that text's bytes: looked at without a tree and without copying.
///
/// Of repeated member names the last one counts. Bytes that are not valid JSON give missing members, never a trap.
package struct JSONSlice: Sendable {
    package enum Kind: Sendable, Hashable {
        case null, bool, number, string, array, object
    }

    /// The value's bytes, without white space around it.
    package let bytes: ArraySlice<UInt8>

    package init(validated bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// A copy that does not keep the whole text alive.
    package var raw: RawJSON { RawJSON(validated: Array(bytes)) }
    package var text: String { String(decoding: bytes, as: UTF8.self) }
    package var count: Int { bytes.count }

    package var kind: Kind {
        switch bytes.first {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    package var isNull: Bool { kind == .null }

    package var bool: Bool? {
        guard kind == .bool else { return nil }
        return bytes.first == UInt8(ascii: "t")
    }

    package var string: String? {
        guard kind == .string else { return nil }
        return bytes.withUnsafeBufferPointer {
            JSONText.string(UnsafeBufferPointer(rebasing: $0[1..<max($0.count - 1, 1)]))
        }
    }

    /// The number as an integer: one written without fraction, or whose double has none (`1e3`, `5.0`), that fits.
    package var integer: Int64? {
        guard kind == .number else { return nil }
        return bytes.withUnsafeBufferPointer { JSONText.integer($0) ?? Int64(exactly: JSONText.double($0)) }
    }

    package var double: Double? {
        guard kind == .number else { return nil }
        return bytes.withUnsafeBufferPointer { JSONText.double($0) }
    }

    /// The value as a tree.
    package var value: JSONValue { JSONValue(self) }
}

// MARK: - Looking inside

/// A member name as it is written, compared without making a string of it.
package struct JSONName: Sendable {
    /// The bytes between the quotes.
    package let source: ArraySlice<UInt8>

    package var string: String { source.withUnsafeBufferPointer { JSONText.string($0) } }

    package static func == (name: JSONName, text: StaticString) -> Bool {
        name.source.withUnsafeBufferPointer { source in
            text.withUTF8Buffer { JSONName.source(source, spells: $0) }
        }
    }

    package static func == (name: JSONName, text: String) -> Bool {
        var text = text
        return name.source.withUnsafeBufferPointer { source in
            text.withUTF8 { JSONName.source(source, spells: $0) }
        }
    }

    /// Lets a `switch` over a name use string literals.
    package static func ~= (text: StaticString, name: JSONName) -> Bool { name == text }

    fileprivate static func source(_ source: UnsafeBufferPointer<UInt8>, spells text: UnsafeBufferPointer<UInt8>)
        -> Bool
    {
        if source.count == text.count {
            for index in 0..<text.count where source[index] != text[index] { return false }
            return !text.contains(UInt8(ascii: "\\"))
        }
        // An escaped spelling is always longer than what it stands for.
        guard source.count > text.count, source.contains(UInt8(ascii: "\\")) else { return false }
        return JSONText.string(source) == String(decoding: text, as: UTF8.self)
    }
}

extension JSONSlice {
    /// Calls `body` with every member of an object in order of appearance; returns false if this is no object.
    @discardableResult
    package func forEachMember<Failure: Error>(
        _ body: (JSONName, JSONSlice) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        guard kind == .object else { return false }
        var cursor = JSONCursor()
        while let member = bytes.withUnsafeBufferPointer({ cursor.nextMember(in: $0) }) {
            try body(JSONName(source: part(member.name)), JSONSlice(validated: part(member.value)))
        }
        return true
    }

    /// Calls `body` with every element of an array in order; returns false if this is no array.
    @discardableResult
    package func forEachElement<Failure: Error>(_ body: (JSONSlice) throws(Failure) -> Void) throws(Failure) -> Bool {
        guard kind == .array else { return false }
        var cursor = JSONCursor()
        while let element = bytes.withUnsafeBufferPointer({ cursor.nextElement(in: $0) }) {
            try body(JSONSlice(validated: part(element)))
        }
        return true
    }

    /// The elements of an array; nil for every other kind of value.
    package var elements: [JSONSlice]? {
        var elements: [JSONSlice] = []
        return forEachElement { elements.append($0) } ? elements : nil
    }

    /// The members of an object as they are written, repeated names included; nil for every other kind of value.
    package var members: [(name: String, value: JSONSlice)]? {
        var members: [(name: String, value: JSONSlice)] = []
        return forEachMember { members.append(($0.string, $1)) } ? members : nil
    }

    /// The member `name` of an object, the last one if it is repeated.
    package subscript(name: String) -> JSONSlice? {
        guard kind == .object else { return nil }
        var name = name
        let found = name.withUTF8 { name in
            bytes.withUnsafeBufferPointer { buffer in
                var found: Range<Int>?
                var cursor = JSONCursor()
                while let member = cursor.nextMember(in: buffer) {
                    let source = UnsafeBufferPointer(rebasing: buffer[member.name])
                    if JSONName.source(source, spells: name) { found = member.value }
                }
                return found
            }
        }
        return found.map { JSONSlice(validated: part($0)) }
    }

    /// The value that `path` leads to through objects.
    package func value(at path: [String]) -> JSONSlice? {
        var current = self
        for name in path {
            guard let next = current[name] else { return nil }
            current = next
        }
        return current
    }

    private func part(_ range: Range<Int>) -> ArraySlice<UInt8> {
        bytes[(bytes.startIndex + range.lowerBound)..<(bytes.startIndex + range.upperBound)]
    }
}

extension RawJSON {
    /// Checks `bytes` and wraps them as they are, white space around the value cut off.
    package init(validating bytes: [UInt8]) throws(JSONError) {
        let range = try JSONScanner.unsafe(bytes) { (buffer) throws(JSONError) -> Range<Int> in
            try JSONScanner.validate(buffer)
            return try JSONScanner.value(in: buffer, from: 0)
        }
        self.init(validated: range.count == bytes.count ? bytes : Array(bytes[range]))
    }

    package var slice: JSONSlice { JSONSlice(validated: bytes[...]) }
    package var kind: JSONSlice.Kind { slice.kind }
    package var isNull: Bool { slice.isNull }

    /// The member `name` of an object, the last one if it is repeated.
    package subscript(name: String) -> JSONSlice? { slice[name] }

    /// The value that `path` leads to through objects; no tree is built.
    package func value(at path: [String]) -> JSONSlice? { slice.value(at: path) }

    /// The elements of an array; nil for every other kind of value.
    package var elements: [JSONSlice]? { slice.elements }

    /// The value as a tree.
    package var value: JSONValue { JSONValue(slice) }
}
