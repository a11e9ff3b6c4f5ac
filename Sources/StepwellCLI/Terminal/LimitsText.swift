import StepwellModel

/// What a function declares about when its runs start and go on, in a line.
enum LimitsText {
    /// Empty for a function without any.
    static func summary(_ configuration: JSONSlice) -> String {
        guard let declared = try? RegisteredFunction(configuration).configuration else { return "" }
        return parts(of: declared).joined(separator: "; ")
    }

    private static func parts(of declared: FunctionConfiguration) -> [String] {
        var parts: [String] = []
        for rule in declared.concurrency {
            let scope = rule.scope == .function ? "" : " in \(rule.scope.rawValue)"
            parts.append("concurrency \(rule.limit)\(scope)\(key(rule.key))")
        }
        if let rule = declared.runConcurrency { parts.append("runs \(rule.limit)\(key(rule.key))") }
        if let rule = declared.throttle {
            let burst = rule.burst > 0 ? " + \(rule.burst)" : ""
            parts.append("throttle \(rule.limit)/\(DurationText.format(rule.period))\(burst)\(key(rule.key))")
        }
        if let key = declared.idempotency {
            parts.append("idempotency \(key)")
        } else if let rule = declared.rateLimit {
            parts.append("rate limit \(rule.limit)/\(DurationText.format(rule.period))\(key(rule.key))")
        }
        if let rule = declared.debounce {
            parts.append("debounce \(DurationText.format(rule.period))\(key(rule.key))")
        }
        if let rule = declared.batch {
            parts.append("batch \(rule.sizeMax) in \(DurationText.format(rule.timeout))\(key(rule.key))")
        }
        if let rule = declared.singleton { parts.append("singleton \(rule.mode.rawValue)\(key(rule.key))") }
        if let priority = declared.priority { parts.append("priority \(priority)") }
        return parts
    }

    private static func key(_ key: String?) -> String { key.map { " by \($0)" } ?? "" }
}
