import StepwellModel

/// Text as Go's `fmt` prints it with `%v`, which keys and mixed `+` have in the reference.
///
/// A number of six digits or fewer before the point looks as usual; from 1e+06 on a double has an exponent, also an integral
/// one: the JSON number 1234567 prints as `1.234567e+06`. Integers of the language (`int(x)`, and JSON integers beyond 2⁵³)
/// print in full.
struct GoText {
    private(set) var text = ""
    private var budget: Budget

    /// The text of `value`, paid for from `budget`.
    static func of(_ value: Value, budget: inout Budget) throws(EvaluationError) -> String {
        switch value {
        case .string(let text): return text
        case .int(let number): return String(number)
        default: break
        }
        var printer = GoText(budget: budget)
        try printer.append(value, depth: 0)
        budget = printer.budget
        return printer.text
    }

    private init(budget: Budget) { self.budget = budget }

    private mutating func append(_ piece: String) throws(EvaluationError) {
        try budget.spend(1 + piece.utf8.count >> 6)
        text += piece
    }

    private mutating func append(_ value: Value, depth: Int) throws(EvaluationError) {
        try budget.descend(to: depth)
        switch value {
        case .list(let list):
            try append("[")
            for index in 0..<list.count {
                if index > 0 { text += " " }
                try append(list[index], depth: depth + 1)
            }
            text += "]"
        case .map(let map):
            // Go prints maps in the order of their keys.
            let entries = map.entries
            try budget.spend(entries.count)
            try append("map[")
            for (index, entry) in entries.sorted(by: { $0.key.precedesInGo($1.key) }).enumerated() {
                if index > 0 { text += " " }
                try append(entry.key, depth: depth + 1)
                text += ":"
                try append(entry.value, depth: depth + 1)
            }
            text += "]"
        case .double(let number):
            // Finding the shortest digits takes a while.
            try budget.spend(8)
            try append(number.goText)
        default: try append(value.goText)
        }
    }
}

extension Value {
    /// The text of a value that has no parts; of lists and maps only the kind.
    var goText: String {
        switch self {
        case .unknown, .null: "<nil>"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .uint(let number): String(number)
        case .double(let number): number.goText
        case .string(let text): text
        case .bytes(let bytes): "[\(bytes.map { String($0) }.joined(separator: " "))]"
        case .timestamp(let instant): instant.goText
        case .duration(let span): span.goText
        case .type(let type): type.rawValue
        case .error(let failure): failure.message
        case .list: "list"
        case .map: "map"
        }
    }

    /// `internal/fmtsort`: by type first when the keys are of several, false before true, numbers and texts by value.
    fileprivate func precedesInGo(_ other: Value) -> Bool {
        if let order = order(of: other) { return order == .less }
        return typeName < other.typeName
    }
}

extension Double {
    /// `strconv.FormatFloat(x, 'g', -1, 64)`, which is `%v`: the shortest digits that give the number back, and an exponent
    /// where it would be below -4 or above 5.
    var goText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Inf" : "+Inf" }
        if self == 0 { return sign == .minus ? "-0" : "0" }
        let (digits, point) = shortestDigits
        let exponent = point - 1
        let sign = self < 0 ? "-" : ""
        if exponent < -4 || exponent > 5 {
            let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
            let magnitude = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(magnitude)"
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// Significant digits of the magnitude and where the point stands: 0.digits × 10^point. Taken from the standard
    /// library's description, which has the shortest digits in another notation.
    private var shortestDigits: (digits: String, point: Int) {
        let parts = magnitude.description.split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].split(separator: ".", maxSplits: 1)
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        var digits = Substring(mantissa[0] + fraction)
        var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.first == "0" {
            digits.removeFirst()
            point -= 1
        }
        while digits.last == "0" { digits.removeLast() }
        return (String(digits), point)
    }
}
