import StepwellModel

/// Which functions a command is about: one or several by name, or all of an app.
enum FunctionSelection {
    static let operand = CommandSyntax.Operand(
        name: "FUNCTION", isRequired: false, isRepeated: true,
        help: "slugs, <app>-<function>, as `stepwell functions list` shows them")
    static let app = Option<String?>("app", .text("APP"), help: "All functions of this app, or those named among them")
        .grouped("Which", isSetting: false)
    static let isDry = Option<Bool>(switch: "dry-run", help: "Only count the functions that are meant")
        .grouped("How", isSetting: false)

    static let declarations = [app.declaration, isDry.declaration]

    /// The single function that is named alone; nil when there are several, or an app.
    static func one(_ arguments: Arguments, of command: String) throws(CommandFailure) -> String? {
        let isOfApp = try arguments.value(app) != nil
        guard isOfApp || !arguments.operands.isEmpty else {
            throw .usage(
                "SW0521: `stepwell \(command)` needs a FUNCTION, several, or --app. `stepwell functions list` shows all."
            )
        }
        let isDry = try arguments.value(isDry)
        return arguments.operands.count == 1 && !isOfApp && !isDry ? arguments.operands[0] : nil
    }

    /// The members of a request that says which are meant.
    static func write(_ arguments: Arguments, to writer: inout JSONWriter) throws(CommandFailure) {
        if !arguments.operands.isEmpty {
            writer.key("function")
            writer.beginArray()
            for name in arguments.operands { writer.string(name) }
            writer.endArray()
        }
        writer.member(optional: "app", try arguments.value(app))
        writer.member("dry_run", try arguments.value(isDry))
    }

    /// What a dry run says.
    static func count(_ json: RawJSON, _ participle: String) throws(CommandFailure) -> String {
        let count = try json.slice.integer("found")
        return "\(count) \(count == 1 ? "function" : "functions") would be \(participle)."
    }
}
