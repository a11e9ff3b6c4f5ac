import StepwellModel

/// The options that are checked and stored, and have no effect yet. A user must not find out by their absence.
enum EnforcementGaps {
    static func warnings(for configuration: FunctionConfiguration) -> [String] {
        options(of: configuration).map {
            "function \"\(configuration.slug)\": \($0) is stored, and not in force yet: this server ignores it"
        }
    }

    private static func options(of configuration: FunctionConfiguration) -> [String] {
        var options: [String] = []
        func note(_ isThere: Bool, _ name: String) { if isThere { options.append(name) } }
        note(configuration.debounce != nil, "debounce")
        note(configuration.batch != nil, "batchEvents")
        return options
    }
}
