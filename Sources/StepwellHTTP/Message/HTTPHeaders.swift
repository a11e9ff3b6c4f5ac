/// Header fields in the order in which they were written.
///
/// Names and values are bytes in one buffer; strings are made when somebody asks. Names compare without regard to case.
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    /// Where one field lies in `bytes`: name, then value.
    struct Field: Sendable {
        var name: Range<Int>
        var value: Range<Int>
    }

    private(set) var bytes: [UInt8] = []
    private(set) var fields: [Field] = []
    /// False once a field was added that cannot go on the wire; such a message is refused when it is sent.
    package private(set) var isWellFormed = true

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    package init(_ elements: some Sequence<(String, String)>) {
        for (name, value) in elements { add(name, value) }
    }

    /// Fields that the parser has found valid; `bytes` holds them one after the other.
    init(bytes: [UInt8], fields: [Field]) {
        self.bytes = bytes
        self.fields = fields
    }

    package var count: Int { fields.count }
    package var isEmpty: Bool { fields.isEmpty }

    /// Adds a field behind the others, also when one of that name is there.
    package mutating func add(_ name: String, _ value: String) {
        let nameStart = bytes.count
        bytes.append(contentsOf: name.utf8)
        let valueStart = bytes.count
        bytes.append(contentsOf: value.utf8)
        fields.append(Field(name: nameStart..<valueStart, value: valueStart..<bytes.count))
        isWellFormed =
            isWellFormed && nameStart < valueStart && bytes[nameStart..<valueStart].allSatisfy(HTTPByte.isToken)
            && bytes[valueStart...].allSatisfy(HTTPByte.isFieldContent)
    }

    /// Replaces every field called `name` by one.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Removes every field called `name`.
    package mutating func remove(_ name: String) {
        fields = fields.filter { !isNamed(name, $0) }
    }

    /// The first value of `name`, as text; nil when there is none.
    package subscript(name: String) -> String? {
        fields.first { isNamed(name, $0) }.map { text($0.value) }
    }

    package func contains(_ name: String) -> Bool { fields.contains { isNamed(name, $0) } }

    /// Every value of `name`, in order.
    package func values(of name: String) -> [String] {
        fields.filter { isNamed(name, $0) }.map { text($0.value) }
    }

    /// Lends the bytes of the first value of `name`; nil when there is none.
    package func withValue<Result>(of name: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        guard let field = fields.first(where: { isNamed(name, $0) }) else { return nil }
        return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[field.value])) }
    }

    /// Whether a value of `name` is a comma-separated list with the member `token`, without regard to case.
    package func lists(_ token: String, in name: String) -> Bool {
        values(of: name).contains { value in
            value.split(separator: ",").contains { HTTPByte.equalIgnoringCase($0.utf8, token.utf8, trimming: true) }
        }
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func isNamed(_ name: String, _ field: Field) -> Bool {
        let utf8 = name.utf8
        guard field.name.count == utf8.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            var index = field.name.lowerBound
            for byte in utf8 {
                guard HTTPByte.lowercased(bytes[index]) == HTTPByte.lowercased(byte) else { return false }
                index += 1
            }
            return true
        }
    }

    /// Appends the fields as they go on the wire, without those that whoever frames the message writes.
    func encode(into output: inout [UInt8], without framing: [String]) {
        for field in fields where !framing.contains(where: { isNamed($0, field) }) {
            output += bytes[field.name]
            output += HTTPByte.colonSpace
            output += bytes[field.value]
            output += HTTPByte.lineEnd
        }
    }
}

extension HTTPHeaders: Sequence {
    package typealias Element = (name: String, value: String)

    package func makeIterator() -> AnyIterator<Element> {
        var fields = fields.makeIterator()
        return AnyIterator { fields.next().map { (text($0.name), text($0.value)) } }
    }
}

extension HTTPHeaders: Equatable {
    /// Equal names (without regard to case) and values in the same order.
    package static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { left, right in
                HTTPByte.equalIgnoringCase(left.name.utf8, right.name.utf8) && left.value == right.value
            }
    }
}
