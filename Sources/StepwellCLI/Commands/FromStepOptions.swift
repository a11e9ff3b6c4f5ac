import StepwellModel

/// `--from-step` and `--input`, which go together: from where runs are repeated, and what with.
enum FromStepOptions {
    private static let step = Option<String?>(
        "from-step", .text("STEP"),
        help: "Keep the results of the steps before this one; its id, or its name if it is the only step of that name"
    ).grouped("Run", isSetting: false)
    private static let input = Option<String?>(
        "input", .text("JSON"), help: "What that step is to run with: a JSON array, @FILE, or - for standard input"
    ).grouped("Run", isSetting: false)

    static let declarations = [step.declaration, input.declaration]

    /// - Returns: Nil where runs are repeated from their beginning.
    static func read(
        _ arguments: Arguments, _ context: CommandContext
    ) throws(CommandFailure) -> (step: String, input: RawJSON?)? {
        let input = try JSONArgument.read(try arguments.value(input), of: "--input", in: context)
        guard let step = try arguments.value(step) else {
            guard input == nil else {
                throw .usage("SW0521: --input needs --from-step: the step that is to run with it.")
            }
            return nil
        }
        if let input, input.kind != .array {
            throw .usage(
                "SW0521: --input must be a JSON array, such as [{\"amount\": 7}]: the step's arguments in order.")
        }
        return (step, input)
    }
}
