import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore

/// The query of a request, read strictly: a parameter that is unknown, given twice or malformed is refused by name, with
/// what is allowed.
struct QueryReader {
    private var values: [String: String] = [:]

    /// - Parameter allowed: The parameters of the route; any other is refused.
    init(_ query: Substring?, allowed: [String]) throws(Failure) {
        try self.init(query, allowed, refusesOthers: true)
    }

    /// - Parameter known: The parameters that the route reads; any other is passed over.
    init(_ query: Substring?, knowing known: [String]) throws(Failure) {
        try self.init(query, known, refusesOthers: false)
    }

    private init(_ query: Substring?, _ allowed: [String], refusesOthers: Bool) throws(Failure) {
        for part in query?.split(separator: "&") ?? [] {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(pair[0], plusIsSpace: true),
                let value = PercentCoding.decode(pair.count == 2 ? pair[1] : "", plusIsSpace: true)
            else { throw Self.refuse("\"\(part)\" in the query is not percent-encoded UTF-8") }
            guard allowed.contains(name) else {
                if !refusesOthers { continue }
                let list =
                    allowed.isEmpty ? "this route takes none" : "this route takes \(allowed.joined(separator: ", "))"
                throw Self.refuse("there is no parameter \"\(name)\"; \(list)")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Self.refuse("the parameter \(name) is given twice; give it once")
            }
        }
    }

    private static func refuse(_ reason: String) -> Failure { Failure(400, .parameterInvalid, reason + ".") }

    /// - Parameter expected: The end of the sentence "the parameter … must be …".
    static func malformed(_ name: String, _ value: String, expected: String) -> Failure {
        refuse("the parameter \(name) must be \(expected), not \"\(value)\"")
    }

    private func read<Value>(
        _ name: String, expected: @autoclosure () -> String, _ parse: (String) -> Value?
    ) throws(Failure) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = parse(text) else { throw Self.malformed(name, text, expected: expected()) }
        return value
    }

    func text(_ name: String) throws(Failure) -> String? {
        try read(name, expected: "a text that is not empty") { $0.isEmpty ? nil : $0 }
    }

    /// Texts with commas between them.
    func list(_ name: String) throws(Failure) -> [String]? {
        try read(name, expected: "a list such as a,b") { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return parts.contains("") ? nil : parts
        }
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(Failure) -> Int? {
        try read(name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func time(_ name: String) throws(Failure) -> Timestamp? {
        try read(name, expected: "a time such as 2026-01-31T09:30:00Z") { DateText.parse($0) }
    }

    func id(_ name: String) throws(Failure) -> ULID? {
        try read(name, expected: "an id of 26 characters such as 01ARZ3NDEKTSV4RRFFQ69G5FAV") { ULID($0) }
    }

    func flag(_ name: String) throws(Failure) -> Bool? {
        try read(name, expected: "true or false") { $0 == "true" ? true : $0 == "false" ? false : nil }
    }

    func span(_ name: String, atMost most: Milliseconds) throws(Failure) -> Milliseconds? {
        try read(name, expected: "a span from 0s to \(DurationText.format(most)) such as 30s") { text in
            (try? DurationText.parse(text)).flatMap { .zero <= $0 && $0 <= most ? $0 : nil }
        }
    }

    func statuses(_ name: String) throws(Failure) -> Set<RunStatus>? {
        guard let texts = try list(name) else { return nil }
        var statuses: Set<RunStatus> = []
        for text in texts {
            guard let status = RunStatus(text: text) else {
                let all = RunStatus.allCases.map(\.text).joined(separator: ", ")
                throw Self.malformed(name, text, expected: "a list of \(all)")
            }
            statuses.insert(status)
        }
        return statuses
    }

    /// The part of a list that is asked for.
    func position() throws(Failure) -> PagePosition {
        PagePosition(cursor: try id("cursor"), limit: try integer("limit", in: 1...100) ?? 20)
    }
}

extension Exchange {
    /// The query of a route of ours, which takes nothing but what it allows.
    func query(allowing allowed: [String]) throws(Failure) -> QueryReader {
        try QueryReader(request.query, allowed: allowed)
    }

    /// The query of a route that others defined, which passes over what it does not know.
    func query(knowing known: [String]) throws(Failure) -> QueryReader {
        try QueryReader(request.query, knowing: known)
    }
}

extension Failure {
    /// What the path names is not there.
    static func missing(_ code: ErrorCode, _ message: String) -> Failure { Failure(404, code, message) }
}

extension RunStatus {
    /// As REST and command line write it.
    package var text: String {
        switch self {
        case .queued: "queued"
        case .running: "running"
        case .completed: "completed"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .skipped: "skipped"
        }
    }

    package init?(text: String) {
        guard let status = Self.allCases.first(where: { $0.text == text }) else { return nil }
        self = status
    }
}
