import StepwellHTTP
import StepwellModel

/// The body of a request of ours, a JSON object, read strictly: a member that is unknown or malformed is refused by name,
/// with what is allowed. No body is an object without members; a member that is null is absent.
struct BodyReader {
    private let object: RawJSON
    /// What the names of members begin with in messages: empty, or such as `filter.`.
    private let path: String

    /// - Parameter allowed: The members of the body; any other is refused.
    init(_ body: [UInt8], allowing allowed: [String]) throws(Failure) {
        var json = RawJSON.emptyObject
        if body.contains(where: { $0 > 0x20 }) {
            do throws(JSONError) {
                json = try RawJSON(validating: body)
            } catch {
                throw Self.refuse("the body is no JSON: \(error)")
            }
        }
        try self.init(json, path: "", allowed)
    }

    private init(_ object: RawJSON, path: String, _ allowed: [String]) throws(Failure) {
        self.object = object
        self.path = path
        guard object.kind == .object else {
            throw Self.refuse("\(path.isEmpty ? "the body" : String(path.dropLast())) must be an object")
        }
        for member in object.slice.members ?? [] where !allowed.contains(member.name) {
            let place = path.isEmpty ? "the body" : String(path.dropLast())
            let list = allowed.isEmpty ? "nothing" : allowed.joined(separator: ", ")
            throw Self.refuse("\(place) has no member \"\(member.name)\"; it takes \(list)")
        }
    }

    static func refuse(_ reason: String) -> Failure { Failure(400, .bodyInvalid, "\(reason).") }

    /// - Parameter expected: The end of the sentence "… must be …".
    func malformed(_ name: String, expected: String) -> Failure { Self.refuse("\(path)\(name) must be \(expected)") }

    private func read<Value>(
        _ name: String, expected: @autoclosure () -> String, _ parse: (JSONSlice) -> Value?
    ) throws(Failure) -> Value? {
        guard let member = object[name], !member.isNull else { return nil }
        guard let value = parse(member) else { throw malformed(name, expected: expected()) }
        return value
    }

    func text(_ name: String) throws(Failure) -> String? {
        try read(name, expected: "a text that is not empty") { $0.string.flatMap { $0.isEmpty ? nil : $0 } }
    }

    func flag(_ name: String) throws(Failure) -> Bool? {
        try read(name, expected: "true or false") { $0.bool }
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws(Failure) -> Int64? {
        try read(name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { member in
            member.integer.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func time(_ name: String) throws(Failure) -> Timestamp? {
        try read(name, expected: "a time such as 2026-01-31T09:30:00Z") { $0.string.flatMap { DateText.parse($0) } }
    }

    /// One text, or an array of texts.
    func texts(_ name: String) throws(Failure) -> [String]? {
        try read(name, expected: "a text or an array of texts") { member in
            if let text = member.string { return text.isEmpty ? nil : [text] }
            guard let texts = member.elements?.map(\.string), !texts.isEmpty else { return nil }
            let present = texts.compactMap { $0 }
            return present.count == texts.count && !present.contains("") ? present : nil
        }
    }

    /// An array, in canonical form.
    func array(_ name: String) throws(Failure) -> RawJSON? {
        try read(name, expected: "an array") { $0.kind == .array ? CanonicalJSON.stored($0).json : nil }
    }

    /// An object of those members that are there.
    func members(_ names: [StaticString]) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        for name in names {
            if let member = object["\(name)"], !member.isNull { writer.member(name, member.raw) }
        }
        writer.endObject()
        return writer.json
    }

    /// A member with members of its own.
    func object(_ name: String, allowing allowed: [String]) throws(Failure) -> BodyReader? {
        guard let member = object[name], !member.isNull else { return nil }
        return try BodyReader(member.raw, path: "\(path)\(name).", allowed)
    }
}

extension Exchange {
    /// The body of a route of ours, which takes nothing but what it allows.
    func body(allowing allowed: [String]) throws(Failure) -> BodyReader {
        try BodyReader(request.body, allowing: allowed)
    }
}
