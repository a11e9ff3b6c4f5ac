import StepwellModel

/// Why a list of operations is refused.
package enum OpcodeError: Error, Sendable, Hashable, CustomStringConvertible {
    case json(JSONError)
    /// Neither an operation nor a list of operations.
    case notAnOperation
    /// An operation lacks a field or has it in another type.
    case field(String, position: Int, expected: String)
    case tooMany(Int)
    case dataTooLarge(id: String, bytes: Int)

    package var description: String {
        switch self {
        case .json(let error): "the reported operations are not JSON: \(error)"
        case .notAnOperation: "the body of a 206 must be an operation or an array of operations"
        case .field(let field, let position, let expected):
            "operation \(position + 1): \"\(field)\" must be \(expected)"
        case .tooMany(let count): "\(count) operations in one answer; at most \(Opcode.countMax) are accepted"
        case .dataTooLarge(let id, let bytes):
            "the step \(id) returned \(bytes) bytes; at most \(Opcode.dataBytesMax) are accepted. Store large results "
                + "elsewhere and return a reference"
        }
    }
}

extension Opcode {
    /// Operations in one answer.
    package static let countMax = 1_000
    /// 4 MiB: the input or output of one step.
    package static let dataBytesMax = 4 << 20

    /// Reads one operation or an array of them; the body need not be checked before.
    package static func decode(_ body: [UInt8]) throws(OpcodeError) -> [Opcode] {
        let json: RawJSON
        do throws(JSONError) { json = try RawJSON(validating: body) } catch { throw .json(error) }
        return try decode(json.slice)
    }

    package static func decode(_ value: JSONSlice) throws(OpcodeError) -> [Opcode] {
        if value.kind == .object { return [try Opcode(value, position: 0)] }
        var opcodes: [Opcode] = []
        let isArray = try value.forEachElement { (element) throws(OpcodeError) in
            guard opcodes.count < countMax else { throw .tooMany(value.elements?.count ?? opcodes.count) }
            opcodes.append(try Opcode(element, position: opcodes.count))
        }
        guard isArray else { throw .notAnOperation }
        return opcodes
    }

    private init(_ value: JSONSlice, position: Int) throws(OpcodeError) {
        var opcode = Opcode(.unknown(""), id: "")
        let isObject = try value.forEachMember { (name, member) throws(OpcodeError) in
            if member.isNull {
                // A null result is a result; every other null is nothing.
                if name == "data" { opcode.data = .null }
                return
            }
            switch name {
            case "op": opcode.kind = Kind(try Self.text(member, "op", position))
            case "id": opcode.id = try Self.text(member, "id", position)
            case "name": opcode.name = try Self.text(member, "name", position)
            case "displayName": opcode.displayName = try Self.text(member, "displayName", position)
            case "opts": opcode.options = CanonicalJSON.stored(member).json
            case "data": opcode.data = CanonicalJSON.stored(member).json
            case "error": opcode.error = ErrorObject(member)
            case "userland": opcode.userland = Userland(member)
            case "timing": opcode.timing = Timing(member)
            case "metadata": opcode.metadata = member.raw
            default: break
            }
        }
        guard isObject else { throw .notAnOperation }
        if opcode.kind == .unknown("") { throw .field("op", position: position, expected: "the name of an operation") }
        if opcode.id.isEmpty, opcode.kind != .none {
            throw .field("id", position: position, expected: "a hashed step id")
        }
        for part in [opcode.data, opcode.options] {
            if let part, part.count > Self.dataBytesMax { throw .dataTooLarge(id: opcode.title, bytes: part.count) }
        }
        self = opcode
    }

    private static func text(_ value: JSONSlice, _ field: String, _ position: Int) throws(OpcodeError) -> String {
        guard let text = value.string else { throw .field(field, position: position, expected: "a string") }
        return text
    }
}

extension Opcode.Userland {
    fileprivate init?(_ value: JSONSlice) {
        guard let id = value["id"]?.string else { return nil }
        self.init(id: id, index: value["index"]?.integer.flatMap { Int(exactly: $0) } ?? 0)
    }
}

extension Opcode.Timing {
    fileprivate init?(_ value: JSONSlice) {
        guard let start = value["a"]?.integer, let duration = value["b"]?.integer else { return nil }
        self.init(startNanoseconds: start, durationNanoseconds: duration)
    }
}

// MARK: - Writing

extension Opcode {
    /// The body of a 206: always an array.
    package static func encode(_ opcodes: [Opcode]) -> [UInt8] {
        var writer = JSONWriter(capacity: opcodes.reduce(64) { $0 + ($1.data?.count ?? 0) + 256 })
        write(opcodes, to: &writer)
        return writer.bytes
    }

    package static func write(_ opcodes: [Opcode], to writer: inout JSONWriter) {
        writer.beginArray()
        for opcode in opcodes { opcode.write(to: &writer) }
        writer.endArray()
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("op", kind.text)
        writer.member("id", id)
        writer.member("name", name)
        writer.member(optional: "displayName", displayName)
        writer.member(optional: "opts", options)
        writer.member(optional: "data", data)
        writer.member(optional: "error", error?.json)
        if let userland {
            writer.key("userland")
            writer.beginObject()
            writer.member("id", userland.id)
            writer.member("index", userland.index)
            writer.endObject()
        }
        if let timing {
            writer.key("timing")
            writer.beginObject()
            writer.member("a", timing.startNanoseconds)
            writer.member("b", timing.durationNanoseconds)
            writer.endObject()
        }
        writer.member(optional: "metadata", metadata)
        writer.endObject()
    }
}
