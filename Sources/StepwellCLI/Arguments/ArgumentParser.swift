/// What a command accepts, declared as values: its words, its operands and its options.
///
/// An option may be set in four places; the first that has it wins: flag, environment, configuration file, default.
/// Everything that is wrong is refused with what would be right.
struct CommandSyntax: Sendable {
    /// The words that call it, such as `runs show`.
    var name: String
    /// One sentence without a full stop.
    var abstract: String
    /// Paragraphs of explanation.
    var discussion: [String] = []
    var operands: [Operand] = []
    var options: [OptionDeclaration] = []
    /// Settings that only environment and configuration file can give, since a flag of the same name means something else here.
    var hidden: [OptionDeclaration] = []
    var examples: [Example] = []

    struct Operand: Sendable {
        var name: String
        var isRequired = true
        /// Any number of them; only the last operand may be so.
        var isRepeated = false
        var help: String
    }

    struct Example: Sendable {
        var line: String
        var meaning: String
    }
}

/// What is said of an option, whatever its type.
struct OptionDeclaration: Sendable {
    /// Without the dashes; in the environment upper-cased, `-` as `_`, behind `STEPWELL_` or `INNGEST_`.
    var name: String
    var letter: Character?
    /// What stands for its value in help; nil for a switch, which needs none.
    var placeholder: String?
    var isList = false
    var help: String
    /// The heading under which help lists it.
    var group = "Options"
    /// Whether environment and file may set it; what only makes sense for one call cannot be set there.
    var isSetting = true

    var isSwitch: Bool { placeholder == nil }

    /// The environment variables that set it, the first one winning.
    var variables: [String] {
        let suffix = String(name.uppercased().map { $0 == "-" ? "_" : $0 })
        return ["STEPWELL_\(suffix)", "INNGEST_\(suffix)"]
    }
}

/// How a text becomes a value.
struct ValueType<Value: Sendable>: Sendable {
    var placeholder: String
    var read: @Sendable (String) throws(ValueProblem) -> Value
}

/// Why a text is not a value: what it must be, as the end of the sentence "--x must be …".
struct ValueProblem: Error, Sendable {
    var expected: String
}

/// An option with the type of its value.
struct Option<Value: Sendable>: Sendable {
    var declaration: OptionDeclaration
    var fallback: Value
    /// Of at least one text.
    var read: @Sendable ([String]) throws(ValueProblem) -> Value

    /// Neither in help's other groups nor in environment or file, where that is wanted.
    func grouped(_ group: String, isSetting: Bool = true) -> Option {
        var copy = self
        copy.declaration.group = group
        copy.declaration.isSetting = isSetting
        return copy
    }
}

extension Option {
    /// An option with one value and a default.
    init(
        _ name: String, _ type: ValueType<Value>, letter: Character? = nil, default fallback: Value, help: String
    ) {
        declaration = OptionDeclaration(name: name, letter: letter, placeholder: type.placeholder, help: help)
        self.fallback = fallback
        read = { (texts) throws(ValueProblem) in try type.read(texts.last ?? "") }
    }

    /// An option that may be absent.
    init<Wrapped>(_ name: String, _ type: ValueType<Wrapped>, letter: Character? = nil, help: String)
    where Value == Wrapped? {
        declaration = OptionDeclaration(name: name, letter: letter, placeholder: type.placeholder, help: help)
        fallback = nil
        read = { (texts) throws(ValueProblem) in try type.read(texts.last ?? "") }
    }

    /// An option that may be given several times.
    init<Element>(list name: String, _ type: ValueType<Element>, letter: Character? = nil, help: String)
    where Value == [Element] {
        declaration = OptionDeclaration(
            name: name, letter: letter, placeholder: type.placeholder, isList: true, help: help)
        fallback = []
        read = { (texts) throws(ValueProblem) in
            var values: [Element] = []
            for text in texts { values.append(try type.read(text)) }
            return values
        }
    }
}

extension Option where Value == Bool {
    /// An option that is on when it is named.
    init(switch name: String, letter: Character? = nil, help: String) {
        declaration = OptionDeclaration(name: name, letter: letter, placeholder: nil, help: help)
        fallback = false
        read = { (texts) throws(ValueProblem) in
            switch texts.last?.lowercased() {
            case "true", "1", "yes", "on": true
            case "false", "0", "no", "off": false
            default: throw ValueProblem(expected: "true or false")
            }
        }
    }
}

// MARK: - Parsing

/// What was given, still as text, with where it came from.
struct Arguments: Sendable {
    struct Setting: Sendable {
        var texts: [String]
        /// As the subject of a sentence: `--port`, `STEPWELL_PORT`, `"port" in /etc/stepwell.json`.
        var origin: String
    }

    private(set) var settings: [String: Setting] = [:]
    private var hidden: [String: Setting] = [:]
    private(set) var operands: [String] = []

    /// Reads the words behind a command's name.
    init(parsing words: [String], for syntax: CommandSyntax) throws(CommandFailure) {
        var rest = words[...]
        var onlyOperands = false
        while let word = rest.popFirst() {
            if onlyOperands || word == "-" || !word.hasPrefix("-") {
                operands.append(word)
            } else if word == "--" {
                onlyOperands = true
            } else if word.hasPrefix("--") {
                try readLong(word, &rest, syntax)
            } else {
                try readShort(word, &rest, syntax)
            }
        }
        if !isSet("help") { try checkOperands(syntax) }
    }

    private mutating func readLong(
        _ word: String, _ rest: inout ArraySlice<String>, _ syntax: CommandSyntax
    ) throws(CommandFailure) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = syntax.options.first(where: { $0.name == name }) else {
            let hint = Suggestion.sentence(for: name, among: syntax.options.map(\.name)) { "--\($0)" }
            throw .usage(
                "SW0520: `stepwell \(syntax.name)` has no flag --\(name).\(hint) "
                    + "`stepwell \(syntax.name) --help` lists all.")
        }
        let attached = parts.count == 2 ? String(parts[1]) : nil
        try take(option, spelled: "--\(name)", attached: attached, &rest)
    }

    private mutating func readShort(
        _ word: String, _ rest: inout ArraySlice<String>, _ syntax: CommandSyntax
    ) throws(CommandFailure) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = syntax.options.first(where: { $0.letter == letter }) else {
                throw .usage(
                    "SW0520: `stepwell \(syntax.name)` has no flag -\(letter). "
                        + "`stepwell \(syntax.name) --help` lists all.")
            }
            if option.isSwitch {
                add("true", to: option, origin: "-\(letter)")
                continue
            }
            let attached = letters.isEmpty ? nil : String(letters.first == "=" ? letters.dropFirst() : letters)
            return try take(option, spelled: "-\(letter)", attached: attached, &rest)
        }
    }

    private mutating func take(
        _ option: OptionDeclaration, spelled: String, attached: String?, _ rest: inout ArraySlice<String>
    ) throws(CommandFailure) {
        if option.isSwitch { return add(attached ?? "true", to: option, origin: spelled) }
        guard let value = attached ?? rest.popFirst() else {
            throw .usage("SW0521: \(spelled) needs a value: \(spelled) \(option.placeholder ?? "VALUE").")
        }
        if settings[option.name] != nil, !option.isList {
            throw .usage("SW0521: \(spelled) is given twice. Give it once.")
        }
        add(value, to: option, origin: spelled)
    }

    private mutating func add(_ text: String, to option: OptionDeclaration, origin: String) {
        settings[option.name, default: Setting(texts: [], origin: origin)].texts.append(text)
    }

    private func checkOperands(_ syntax: CommandSyntax) throws(CommandFailure) {
        let required = syntax.operands.prefix { $0.isRequired }
        if operands.count < required.count {
            let missing = required[operands.count]
            throw .usage(
                "SW0521: `stepwell \(syntax.name)` needs \(missing.name): \(missing.help). "
                    + "`stepwell \(syntax.name) --help` shows how.")
        }
        if operands.count > syntax.operands.count, syntax.operands.last?.isRepeated != true {
            throw .usage(
                "SW0521: `stepwell \(syntax.name)` does not know what to do with \"\(operands[syntax.operands.count])\". "
                    + "Quote values that hold spaces; `stepwell \(syntax.name) --help` shows the form.")
        }
    }

    // MARK: Settings from elsewhere

    func isSet(_ name: String) -> Bool { settings[name] != nil }

    /// Takes over what the environment sets and no flag did. An empty variable counts as not set.
    mutating func fill(from environment: [String: String], for syntax: CommandSyntax) {
        fill(for: syntax) { option in
            guard let variable = option.variables.first(where: { environment[$0]?.isEmpty == false }),
                let text = environment[variable]
            else { return nil }
            let texts = option.isList ? text.split(separator: ",").map { String($0.trimmed) } : [text]
            return Setting(texts: texts.filter { !$0.isEmpty }, origin: variable)
        }
    }

    /// Takes over what a file sets and nothing before did.
    mutating func fill(from file: ConfigurationFile, for syntax: CommandSyntax) {
        fill(for: syntax) { option in
            file.texts[option.name].map { Setting(texts: $0, origin: "\"\(option.name)\" in \(file.path)") }
        }
    }

    private mutating func fill(for syntax: CommandSyntax, from find: (OptionDeclaration) -> Setting?) {
        for option in syntax.options where option.isSetting && !isSet(option.name) {
            settings[option.name] = find(option)
        }
        for option in syntax.hidden where hidden[option.name] == nil { hidden[option.name] = find(option) }
    }

    // MARK: Values

    func value<Value>(_ option: Option<Value>) throws(CommandFailure) -> Value {
        try Self.read(option, settings[option.declaration.name])
    }

    /// Of a setting that the command has no flag for.
    func hiddenValue<Value>(_ option: Option<Value>) throws(CommandFailure) -> Value {
        try Self.read(option, hidden[option.declaration.name])
    }

    private static func read<Value>(_ option: Option<Value>, _ setting: Setting?) throws(CommandFailure) -> Value {
        guard let setting, !setting.texts.isEmpty else { return option.fallback }
        do throws(ValueProblem) {
            return try option.read(setting.texts)
        } catch {
            throw .usage("SW0521: \(setting.origin) must be \(error.expected).")
        }
    }

    /// Where the value came from; nil for the default.
    func origin<Value>(of option: Option<Value>) -> String? { settings[option.declaration.name]?.origin }

    /// The operand at `place`; empty when it is optional and absent.
    func operand(_ place: Int) -> String? { place < operands.count ? operands[place] : nil }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
