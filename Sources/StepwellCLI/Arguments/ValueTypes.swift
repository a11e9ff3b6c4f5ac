import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellServer

extension ValueType where Value == String {
    /// Any text but the empty one.
    static func text(_ placeholder: String) -> ValueType {
        ValueType(placeholder: placeholder) { (text) throws(ValueProblem) in
            guard !text.isEmpty else { throw ValueProblem(expected: "a text that is not empty") }
            return text
        }
    }
}

extension ValueType where Value == UInt16 {
    static let port = ValueType(placeholder: "PORT") { (text) throws(ValueProblem) in
        guard let port = UInt16(text) else { throw ValueProblem(expected: "a port from 0 (any free one) to 65535") }
        return port
    }
}

extension ValueType where Value == Int {
    static func count(_ range: ClosedRange<Int>) -> ValueType {
        ValueType(placeholder: "N") { (text) throws(ValueProblem) in
            guard let count = Int(text), range.contains(count) else {
                throw ValueProblem(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return count
        }
    }
}

extension ValueType where Value == Milliseconds {
    /// A span such as `90s` or `1m30s`; a bare number is seconds, as in other tools of this field.
    static func span(atLeast least: Milliseconds, atMost most: Milliseconds = .days(366)) -> ValueType {
        ValueType(placeholder: "SPAN") { (text) throws(ValueProblem) in
            let given = text.allSatisfy(\.isNumber) ? text + "s" : text
            guard let span = try? DurationText.parse(given), least <= span, span <= most else {
                throw ValueProblem(
                    expected:
                        "a span from \(DurationText.format(least)) to \(DurationText.format(most)), such as 30s or 1m30s"
                )
            }
            return span
        }
    }
}

extension ValueType where Value == MissedTicks {
    static let missedTicks = ValueType(placeholder: "POLICY") { (text) throws(ValueProblem) in
        guard let policy = MissedTicks(text) else {
            throw ValueProblem(expected: "skip, one, or all:SPAN such as all:1h")
        }
        return policy
    }
}

extension ValueType where Value == HTTPURL {
    static let url = ValueType(placeholder: "URL") { (text) throws(ValueProblem) in
        do throws(HTTPClientError) {
            return try HTTPURL(text)
        } catch {
            throw ValueProblem(expected: "a URL such as http://127.0.0.1:3000/api/inngest. \(error)")
        }
    }
}

extension ValueType where Value == RunStatus {
    static let runStatus = ValueType(placeholder: "STATUS") { (text) throws(ValueProblem) in
        guard let status = RunStatus(text: text.lowercased()) else {
            throw ValueProblem(expected: "one of \(RunStatus.allCases.map(\.text).joined(separator: ", "))")
        }
        return status
    }
}

extension ValueType where Value == TimeArgument {
    static let time = ValueType(placeholder: "TIME") { (text) throws(ValueProblem) in
        if let span = try? DurationText.parse(text), span > .zero { return .ago(span) }
        guard let time = DateText.parse(text) else {
            throw ValueProblem(expected: "a time such as 2026-01-31T09:30:00Z, or how long ago, such as 2h")
        }
        return .at(time)
    }
}

/// A time as people give it.
enum TimeArgument: Sendable, Hashable {
    case at(Timestamp)
    case ago(Milliseconds)

    func timestamp(now: Timestamp) -> Timestamp {
        switch self {
        case .at(let time): time
        case .ago(let span): now - span
        }
    }
}
