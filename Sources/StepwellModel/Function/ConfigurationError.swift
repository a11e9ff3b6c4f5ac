/// One rule that a function's configuration breaks: which function, which field, and what to do.
package struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// The reference's codes, which a user interface may sort by; SDKs show only the text.
    package enum Code: String, Sendable, Hashable {
        case configuration = "config_invalid"
        case batchSize = "batch_size_invalid"
        case batchTimeout = "batch_timeout_invalid"
        case concurrencyLimit = "concurrency_limit_invalid"
        case schedule = "schedule_invalid"
        case eventName = "event_name_invalid"
        case combination = "combo_unsupported"
    }

    package let code: Code
    /// The function's slug, or its position when it has none.
    package let function: String
    /// A path such as `triggers[0].event`.
    package let field: String
    package let message: String

    package var description: String { "function \"\(function)\": \(field) \(message)" }
}

/// Every rule that the configuration of one function breaks; never empty.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    package let problems: [ConfigurationProblem]

    package var description: String { problems.map(\.description).joined(separator: "; ") }
}
