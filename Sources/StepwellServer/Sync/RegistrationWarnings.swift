import StepwellModel

/// Options that are allowed together although one of them has no effect. A user must not find out by its absence.
enum RegistrationWarnings {
    static func warnings(for configuration: FunctionConfiguration) -> [String] {
        guard configuration.batch != nil else { return [] }
        var options: [String] = []
        if configuration.startTimeout != nil { options.append("timeouts.start") }
        return options.map {
            "function \"\(configuration.slug)\": \($0) has no effect on batches (batchEvents), and is ignored for them"
        }
    }
}
