/// Reads typed fields out of a configuration and collects what is wrong with them, so that all of it is reported at once.
///
/// Null and the empty text count as absent, since some SDKs write every field.
struct ConfigurationReader {
    let function: String
    private(set) var problems: [ConfigurationProblem] = []

    init(function: String) { self.function = function }

    mutating func refuse(_ field: String, _ message: String, code: ConfigurationProblem.Code = .configuration) {
        problems.append(ConfigurationProblem(code: code, function: function, field: field, message: message))
    }

    mutating func text(_ value: JSONValue?, _ field: String) -> String? {
        switch value {
        case nil, .null: return nil
        case .string(let text): return text.isEmpty ? nil : text
        default:
            refuse(field, "must be a string")
            return nil
        }
    }

    mutating func requiredText(_ value: JSONValue?, _ field: String, _ message: String) -> String? {
        let before = problems.count
        let text = text(value, field)
        if text == nil, problems.count == before { refuse(field, message) }
        return text
    }

    mutating func object(_ value: JSONValue?, _ field: String) -> JSONObject? {
        switch value {
        case nil, .null: return nil
        case .object(let object): return object
        default:
            refuse(field, "must be an object")
            return nil
        }
    }

    mutating func list(_ value: JSONValue?, _ field: String) -> [JSONValue] {
        switch value {
        case nil, .null: return []
        case .array(let elements): return elements
        default:
            refuse(field, "must be an array")
            return []
        }
    }

    /// A whole number in a range; what is missing is not refused.
    mutating func count(
        _ value: JSONValue?, _ field: String, from least: Int, to most: Int = .max,
        code: ConfigurationProblem.Code = .configuration
    ) -> Int? {
        switch value {
        case nil, .null: return nil
        default:
            if let number = value?.integerValue, let count = Int(exactly: number), count >= least, count <= most {
                return count
            }
            refuse(
                field, "must be a whole number \(Self.range(String(least), most == .max ? nil : String(most)))",
                code: code)
            return nil
        }
    }

    mutating func requiredCount(
        _ value: JSONValue?, _ field: String, from least: Int, code: ConfigurationProblem.Code = .configuration
    ) -> Int? {
        if value == nil || value == .null {
            refuse(field, "is missing; give a whole number from \(least)", code: code)
            return nil
        }
        return count(value, field, from: least, code: code)
    }

    /// A span of time in a range; what is missing is not refused.
    mutating func duration(
        _ value: JSONValue?, _ field: String, from least: Milliseconds, to most: Milliseconds? = nil,
        dialect: DurationText.Dialect = .extended, code: ConfigurationProblem.Code = .configuration
    ) -> Milliseconds? {
        guard let text = text(value, field) else { return nil }
        do throws(DurationError) {
            let span = try DurationText.parse(text, dialect: dialect)
            if span >= least, most.map({ span <= $0 }) ?? true { return span }
            let range = Self.range(DurationText.format(least), most.map(DurationText.format))
            refuse(field, "must be \(range), found \"\(text)\"", code: code)
        } catch {
            refuse(field, "is an \(error)", code: code)
        }
        return nil
    }

    mutating func requiredDuration(
        _ value: JSONValue?, _ field: String, from least: Milliseconds, to most: Milliseconds? = nil,
        dialect: DurationText.Dialect = .extended, code: ConfigurationProblem.Code = .configuration
    ) -> Milliseconds? {
        let before = problems.count
        let span = duration(value, field, from: least, to: most, dialect: dialect, code: code)
        if span == nil, problems.count == before {
            refuse(field, "is missing; give a duration such as \"10s\"", code: code)
        }
        return span
    }

    /// One of the values of an enumeration, in any case.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: JSONValue?, _ field: String, of _: Choice.Type
    ) -> Choice? {
        guard let text = text(value, field) else { return nil }
        if let choice = Choice.allCases.first(where: { $0.rawValue == text.lowercased() }) { return choice }
        let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        refuse(field, "must be one of \(names), found \"\(text)\"")
        return nil
    }

    private static func range(_ least: String, _ most: String?) -> String {
        most.map { "from \(least) to \($0)" } ?? "from \(least)"
    }
}
