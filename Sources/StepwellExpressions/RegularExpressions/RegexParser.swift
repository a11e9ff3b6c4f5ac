/// Parses RE2's syntax (github.com/google/re2/wiki/Syntax).
struct RegexParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var flags = Flags()
    private var depth = 0

    private static let depthMax = 100
    private static let repetitionsMax = 1_000

    private struct Flags {
        var ignoresCase = false
        var dotTakesNewline = false
        var isMultiline = false
    }

    static func parse(_ source: String) throws(RegexError) -> RegexNode {
        var parser = RegexParser(source)
        let node = try parser.alternatives()
        guard parser.peek == nil else { throw RegexError(message: "unexpected ')' in the regular expression") }
        return node
    }

    private init(_ source: String) { scalars = Array(source.unicodeScalars) }

    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take() -> Unicode.Scalar? {
        guard let scalar = peek else { return nil }
        index += 1
        return scalar
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = text.unicodeScalars
        guard scalars[index...].starts(with: wanted) else { return false }
        index += wanted.count
        return true
    }

    private func fail(_ message: String) -> RegexError { RegexError(message: "\(message) in the regular expression") }

    // MARK: - Structure

    private mutating func alternatives() throws(RegexError) -> RegexNode {
        depth += 1
        guard depth <= Self.depthMax else { throw fail("more than \(Self.depthMax) nested groups") }
        defer { depth -= 1 }
        // Flags that are set inside a group end with it.
        let outer = flags
        defer { flags = outer }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(RegexError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            // A repetition after mere flags repeats what stood before them.
            guard let atom = try atom() ?? nodes.popLast() else { continue }
            nodes.append(try repeated(atom))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func repeated(_ atom: RegexNode) throws(RegexError) -> RegexNode {
        var node = atom
        var isRepeated = false
        while let bounds = try repetition() {
            guard !isRepeated else { throw fail("one repetition follows another") }
            isRepeated = true
            _ = take("?")
            node = .repetition(node, least: bounds.least, most: bounds.most)
        }
        return node
    }

    private mutating func repetition() throws(RegexError) -> (least: Int, most: Int?)? {
        switch peek {
        case "*":
            index += 1
            return (0, nil)
        case "+":
            index += 1
            return (1, nil)
        case "?":
            index += 1
            return (0, 1)
        case "{": return try countedRepetition()
        default: return nil
        }
    }

    /// `{n}`, `{n,}`, `{n,m}`; anything else that begins with a brace is literal text, as in RE2.
    private mutating func countedRepetition() throws(RegexError) -> (least: Int, most: Int?)? {
        let start = index
        index += 1
        guard let least = number() else {
            index = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = number() }
        guard take("}") else {
            index = start
            return nil
        }
        guard least <= Self.repetitionsMax, (most ?? 0) <= Self.repetitionsMax else {
            throw fail("a repetition of more than \(Self.repetitionsMax)")
        }
        if let most, most < least { throw fail("a repetition {\(least),\(most)}") }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let start = index
        var value = 0
        while let scalar = peek, ("0"..."9").contains(scalar) {
            value = min(value * 10 + Int(scalar.value - 0x30), 1_000_000)
            index += 1
        }
        return index > start ? value : nil
    }

    /// Nil for what only sets flags.
    private mutating func atom() throws(RegexError) -> RegexNode? {
        guard let scalar = take() else { return nil }
        switch scalar {
        case "(": return try group()
        case "[": return set(try bracketed())
        case ".": return set(flags.dotTakesNewline ? ScalarSet([0...0x10FFFF]) : Self.notNewline)
        case "^": return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        case "\\": return try escape()
        case "*", "+", "?": throw fail("nothing stands before '\(scalar)' to repeat")
        case "{":
            index -= 1
            if try countedRepetition() != nil { throw fail("nothing stands before '{' to repeat") }
            index += 1
            return set(ScalarSet(scalar.value))
        default: return set(ScalarSet(scalar.value))
        }
    }

    private static let notNewline = ScalarSet([0...0x09, 0x0B...0x10FFFF])

    private func set(_ set: ScalarSet) -> RegexNode {
        var set = set
        set.ignoresCase = flags.ignoresCase
        set.normalize()
        return .set(set)
    }

    // MARK: - Groups

    private mutating func group() throws(RegexError) -> RegexNode? {
        let outer = flags
        if take("?") {
            if take("P<") || take("<") {
                try skipName()
            } else if try setFlags() {
                return nil
            }
        }
        let node = try alternatives()
        guard take(")") else { throw fail("a group is not closed") }
        flags = outer
        return node
    }

    private mutating func skipName() throws(RegexError) {
        let start = index
        while let scalar = peek, scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
            index += 1
        }
        guard index > start, take(">") else { throw fail("look-behind, or a group's name is malformed,") }
    }

    /// `i`, `m`, `s`, `U`, after a `-` cleared; true when `)` ends them, false when `:` opens a group.
    private mutating func setFlags() throws(RegexError) -> Bool {
        var isSet = true
        while let scalar = take() {
            switch scalar {
            case "i": flags.ignoresCase = isSet
            case "m": flags.isMultiline = isSet
            case "s": flags.dotTakesNewline = isSet
            case "U": break
            case "-" where isSet: isSet = false
            case ":": return false
            case ")": return true
            case "=", "!": throw fail("look-ahead is not supported")
            default: throw fail("unknown flag '\(scalar)'")
            }
        }
        throw fail("a group is not closed")
    }

    // MARK: - Escapes

    private mutating func escape() throws(RegexError) -> RegexNode {
        guard let scalar = peek else { throw fail("a backslash ends it") }
        switch scalar {
        case "A", "z", "b", "B":
            index += 1
            switch scalar {
            case "A": return .assertion(.textStart)
            case "z": return .assertion(.textEnd)
            case "b": return .assertion(.wordBoundary)
            default: return .assertion(.noWordBoundary)
            }
        case "Q":
            index += 1
            return quotation()
        default:
            if let escaped = try classEscape() { return set(escaped) }
            return set(ScalarSet(try scalarEscape()))
        }
    }

    /// `\Q…\E`: literal text.
    private mutating func quotation() -> RegexNode {
        var nodes: [RegexNode] = []
        while !take("\\E"), let scalar = take() { nodes.append(set(ScalarSet(scalar.value))) }
        return .sequence(nodes)
    }

    /// `\d`, `\w`, `\s`, `\pN` and their complements; nil for every other escape.
    private mutating func classEscape() throws(RegexError) -> ScalarSet? {
        guard let scalar = peek else { return nil }
        let isComplement = scalar.properties.isUppercase
        switch scalar {
        case "d", "D", "w", "W", "s", "S":
            index += 1
            let ranges = Self.perl[scalar.properties.lowercaseMapping] ?? []
            return ScalarSet(isComplement ? ScalarSet.complement(of: ranges) : ranges)
        case "p", "P":
            index += 1
            return try category(isComplement: isComplement)
        default: return nil
        }
    }

    /// In ascending order.
    private static let perl: [String: [ClosedRange<UInt32>]] = [
        "d": [0x30...0x39],
        "w": [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A],
        "s": [0x09...0x0A, 0x0C...0x0D, 0x20...0x20],
    ]

    private mutating func category(isComplement: Bool) throws(RegexError) -> ScalarSet {
        var name = ""
        var isComplement = isComplement
        if take("{") {
            if take("^") { isComplement.toggle() }
            while let scalar = take(), scalar != "}" { name.unicodeScalars.append(scalar) }
        } else if let scalar = take() {
            name.unicodeScalars.append(scalar)
        }
        if name == "Any" { return ScalarSet(isComplement ? [] : [0...0x10FFFF]) }
        guard let members = UnicodeCategory.members(of: name) else {
            throw fail("the character class \\p{\(name)} is not supported: general categories such as L, Lu or Nd are;")
        }
        var set = ScalarSet()
        set.insert(categories: members, isNegated: isComplement)
        return set
    }

    private mutating func scalarEscape() throws(RegexError) -> UInt32 {
        guard let scalar = take() else { throw fail("a backslash ends it") }
        switch scalar {
        case "a": return 0x07
        case "f": return 0x0C
        case "t": return 0x09
        case "n": return 0x0A
        case "r": return 0x0D
        case "v": return 0x0B
        case "x": return try hexadecimal()
        case "0": return octal(from: 0)
        case "1"..."7":
            guard let next = peek, ("0"..."7").contains(next) else { throw fail("back-references are not supported") }
            return octal(from: scalar.value - 0x30)
        default:
            let isWord = scalar.value >= 0x80 || ScalarSet(Self.perl["w"] ?? []).contains(scalar)
            guard !isWord || scalar == "_" else { throw fail("unknown escape '\\\(scalar)'") }
            return scalar.value
        }
    }

    private mutating func octal(from first: UInt32) -> UInt32 {
        var value = first
        for _ in 0..<2 {
            guard let scalar = peek, ("0"..."7").contains(scalar) else { break }
            value = value << 3 | (scalar.value - 0x30)
            index += 1
        }
        return value
    }

    private mutating func hexadecimal() throws(RegexError) -> UInt32 {
        let isBraced = take("{")
        var value: UInt32 = 0
        var digits = 0
        while let scalar = peek, scalar.isASCII, let digit = Lexer.hexDigit(UInt8(scalar.value)) {
            guard isBraced || digits < 2, value <= 0x10FFFF else { break }
            value = value << 4 | digit
            digits += 1
            index += 1
        }
        guard digits > 0, isBraced || digits == 2, !isBraced || take("}"), value <= 0x10FFFF else {
            throw fail("'\\x' takes two hexadecimal digits, or more in braces")
        }
        return value
    }

    // MARK: - Bracketed classes

    private mutating func bracketed() throws(RegexError) -> ScalarSet {
        var set = ScalarSet()
        set.isNegated = take("^")
        var isFirst = true
        while let scalar = peek {
            if scalar == "]", !isFirst {
                index += 1
                return set
            }
            isFirst = false
            if scalar == "[", let named = try namedClass() {
                set.formUnion(named)
                continue
            }
            if take("\\") {
                if let escaped = try classEscape() {
                    set.formUnion(escaped)
                    continue
                }
                try insertRange(from: try scalarEscape(), into: &set)
            } else {
                index += 1
                try insertRange(from: scalar.value, into: &set)
            }
        }
        throw fail("a '[' is not closed")
    }

    private mutating func insertRange(from low: UInt32, into set: inout ScalarSet) throws(RegexError) {
        guard peek == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
            set.insert(low...low)
            return
        }
        index += 1
        guard let scalar = take() else { throw fail("a '[' is not closed") }
        let high = scalar == "\\" ? try scalarEscape() : scalar.value
        guard low <= high else { throw fail("a range runs backwards") }
        set.insert(low...high)
    }

    /// `[:alpha:]` and its kin; nil when no such thing begins here.
    private mutating func namedClass() throws(RegexError) -> ScalarSet? {
        guard index + 1 < scalars.count, scalars[index + 1] == ":" else { return nil }
        let rest = String(String.UnicodeScalarView(scalars[(index + 2)...].prefix(12)))
        for (name, ranges) in Self.posix {
            if rest.hasPrefix(name + ":]") {
                index += 4 + name.unicodeScalars.count
                return ScalarSet(ranges)
            }
            if rest.hasPrefix("^" + name + ":]") {
                index += 5 + name.unicodeScalars.count
                return ScalarSet(ScalarSet.complement(of: ranges))
            }
        }
        throw fail("unknown class at '[:'")
    }

    private static let posix: [String: [ClosedRange<UInt32>]] = [
        "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A],
        "alpha": [0x41...0x5A, 0x61...0x7A],
        "ascii": [0x00...0x7F],
        "blank": [0x09...0x09, 0x20...0x20],
        "cntrl": [0x00...0x1F, 0x7F...0x7F],
        "digit": [0x30...0x39],
        "graph": [0x21...0x7E],
        "lower": [0x61...0x7A],
        "print": [0x20...0x7E],
        "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E],
        "space": [0x09...0x0D, 0x20...0x20],
        "upper": [0x41...0x5A],
        "word": [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A],
        "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
    ]
}
