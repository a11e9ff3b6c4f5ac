/// Help as text, made from the declarations alone.
enum HelpText {
    /// What `stepwell help` shows.
    static func overview(_ commands: [CommandSyntax], style: Style) -> String {
        var text = "Durable, event-driven functions in one binary.\n\n"
        text += "\(style.bold("Usage:")) stepwell COMMAND [OPTIONS]\n\n\(style.bold("Commands:"))\n"
        text += aligned(commands.map { (left: $0.name, right: $0.abstract) }, style: style)
        text += "\n\(style.bold("Start here:"))\n"
        text += aligned(
            [
                ("stepwell dev", "a server for development, on this machine only"),
                ("stepwell send app/user.created", "give it an event"),
                ("stepwell runs", "see what came of it"),
            ], style: style)
        text += "\n\(style.bold("Settings:"))\n"
        text += """
              A flag wins over the environment (STEPWELL_PORT or INNGEST_PORT for --port), that over the
              configuration file stepwell.json ({"port": 9000}), and that over the default.

            \(style.bold("Exit codes:"))

            """
        text += aligned(ExitCode.meanings.map { (left: "\($0.code.rawValue)", right: $0.meaning) }, style: style)
        return text + "\n`stepwell COMMAND --help` explains a command.\n"
    }

    /// What `stepwell COMMAND --help` shows.
    static func page(_ syntax: CommandSyntax, style: Style) -> String {
        var text = "\(syntax.abstract).\n\n\(style.bold("Usage:")) \(usage(syntax))\n"
        for paragraph in syntax.discussion { text += "\n\(wrapped(paragraph, width: 100))\n" }
        if !syntax.operands.isEmpty {
            text += "\n\(style.bold("Arguments:"))\n"
            text += aligned(syntax.operands.map { (left: $0.name, right: $0.help) }, style: style)
        }
        for group in groups(of: syntax) {
            text += "\n\(style.bold("\(group.name):"))\n"
            text += aligned(group.options.map { (left: spelling($0), right: meaning($0)) }, style: style)
        }
        if !syntax.examples.isEmpty {
            text += "\n\(style.bold("Examples:"))\n"
            for example in syntax.examples { text += "  \(style.dim("# \(example.meaning)"))\n  \(example.line)\n" }
        }
        return text
    }

    static func usage(_ syntax: CommandSyntax) -> String {
        let operands = syntax.operands.map { operand in
            let name = operand.isRepeated ? "\(operand.name)…" : operand.name
            return operand.isRequired ? " \(name)" : " [\(name)]"
        }.joined()
        return "stepwell \(syntax.name)\(operands)\(syntax.options.isEmpty ? "" : " [OPTIONS]")"
    }

    private static func groups(of syntax: CommandSyntax) -> [(name: String, options: [OptionDeclaration])] {
        var groups: [(name: String, options: [OptionDeclaration])] = []
        for option in syntax.options {
            if let place = groups.firstIndex(where: { $0.name == option.group }) {
                groups[place].options.append(option)
            } else {
                groups.append((option.group, [option]))
            }
        }
        return groups
    }

    private static func spelling(_ option: OptionDeclaration) -> String {
        let short = option.letter.map { "-\($0), " } ?? "    "
        return "\(short)--\(option.name)\(option.placeholder.map { " \($0)" } ?? "")"
    }

    private static func meaning(_ option: OptionDeclaration) -> String {
        option.isList ? "\(option.help) (may be repeated)" : option.help
    }

    private static func aligned(_ pairs: [(left: String, right: String)], style: Style) -> String {
        let width = min(32, (pairs.map(\.left.count).max() ?? 0))
        var text = ""
        for (left, right) in pairs {
            let lines = wrapped(right, width: 100 - width - 4).split(separator: "\n")
            let indent = String(repeating: " ", count: width + 4)
            let head = left.count <= width ? "  \(Shown.padded(left, to: width))  " : "  \(left)\n\(indent)"
            text += head + lines.joined(separator: "\n\(indent)") + "\n"
        }
        return text
    }

    /// Lines of at most `width` characters, broken between words.
    static func wrapped(_ text: String, width: Int) -> String {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.joined(separator: "\n")
    }
}
