import Testing

@testable import StepwellExpressions

@Suite struct RegexTests {
    private func matches(_ pattern: String, _ text: String) throws -> Bool {
        var matcher = RegexMatcher(try RegexProgram(parsing: pattern))
        var budget = Budget(1_000_000)
        return try matcher.isMatch(in: text, budget: &budget)
    }

    @Test(
        arguments: [
            ("", ["", "a"], []), ("abc", ["abc", "xabcx"], ["ab", "acb"]), ("a.c", ["abc", "aéc"], ["a\nc", "ac"]),
            ("(?s)a.c", ["a\nc"], []), ("^abc$", ["abc"], ["abcd", "xabc", "abc\n"]), ("(?m)^b$", ["a\nb\nc"], ["ab"]),
            ("\\Ab\\z", ["b"], ["a\nb"]), ("a*b", ["b", "aaab"], ["a"]), ("^a+$", ["a", "aaa"], ["", "ab"]),
            ("^a?$", ["", "a"], ["aa"]), ("^a{2}$", ["aa"], ["a", "aaa"]), ("^a{2,}$", ["aa", "aaaaa"], ["a"]),
            ("^a{1,3}$", ["a", "aa", "aaa"], ["", "aaaa"]), ("^a{,3}$", ["a{,3}"], ["a"]), ("a{", ["a{"], ["a"]),
            ("^(?:a|bc|)d$", ["ad", "bcd", "d"], ["abcd"]), ("^(a|b)*c$", ["c", "abbac"], ["abdc"]),
            ("^(?P<name>a)(?<other>b)$", ["ab"], ["a"]), ("a*?b", ["aab"], ["a"]), ("(|a)+b", ["b", "aab"], ["a"]),
            ("^(a*)*$", ["", "aaa"], ["b"]), ("(?U)a+", ["a"], [""]),
        ] as [(String, [String], [String])])
    func `structure`(pattern: String, matching: [String], others: [String]) throws {
        for text in matching { #expect(try matches(pattern, text), "\(pattern) matches \(text)") }
        for text in others { #expect(try !matches(pattern, text), "\(pattern) does not match \(text)") }
    }

    @Test(
        arguments: [
            ("^[a-c]$", ["a", "c"], ["d", "-"]), ("^[^a-c]$", ["d", "\n"], ["a"]), ("^[]a]$", ["]", "a"], ["b"]),
            ("^[a-]$", ["a", "-"], ["b"]), ("^[\\]\\-\\\\]$", ["]", "-", "\\"], ["a"]),
            ("^\\d\\D$", ["1a"], ["11", "aa"]),
            ("^\\w\\W$", ["_ ", "a-"], ["é-", "ab"]), ("^\\s\\S$", [" a", "\ta"], ["\u{B}a", "  "]),
            ("^[\\d\\s]$", ["1", " "], ["a"]), ("^[^\\D]$", ["1"], ["a"]), ("^[[:alpha:]_]$", ["a", "_"], ["1"]),
            ("^[[:^digit:]]$", ["a"], ["1"]), ("^\\pL$", ["é", "a", "Ж"], ["1"]),
            ("^\\p{Lu}\\P{Lu}$", ["Aa"], ["aa", "AA"]),
            ("^\\p{^Nd}$", ["a"], ["1"]), ("^\\x41\\x{1F600}\\101$", ["A😀A"], ["A"]),
            ("^[\\x00-\\x1f]$", ["\u{1}"], ["a"]),
            ("^\\Qa.b\\E.$", ["a.bc"], ["axbc"]), ("^\\.\\*\\/$", [".*/"], ["a"]),
            ("\\bcat\\b", ["a cat!"], ["concat"]),
            ("a\\Bb", ["ab"], ["a b"]), ("^\\t\\n\\r\\f\\v\\a$", ["\t\n\r\u{C}\u{B}\u{7}"], ["t"]),
        ] as [(String, [String], [String])])
    func `classes and escapes`(pattern: String, matching: [String], others: [String]) throws {
        for text in matching { #expect(try matches(pattern, text), "\(pattern) matches \(text)") }
        for text in others { #expect(try !matches(pattern, text), "\(pattern) does not match \(text)") }
    }

    @Test(
        arguments: [
            ("(?i)^abc$", ["ABC", "aBc"], ["abd"]), ("^(?i:a)b$", ["Ab", "ab"], ["aB"]),
            ("^a(?i)b(?-i)c$", ["aBc"], ["aBC", "Abc"]),
            ("(?i)^[a-c]é$", ["BÉ"], ["dé"]), ("(?i)^[^a]$", ["b"], ["a", "A"]), ("(?i)^k$", ["\u{212A}", "K"], ["x"]),
            ("(?i)^\u{212A}$", ["k", "K"], ["x"]), ("(?i)^ς$", ["σ", "Σ"], ["s"]),
            ("^a(?i)*$", ["", "aa"], ["A"]),
            ("((?i)a)b", ["Ab"], ["AB"]), ("(?is)^a.$", ["A\n"], ["a"]),
        ] as [(String, [String], [String])])
    func `flags`(pattern: String, matching: [String], others: [String]) throws {
        for text in matching { #expect(try matches(pattern, text), "\(pattern) matches \(text)") }
        for text in others { #expect(try !matches(pattern, text), "\(pattern) does not match \(text)") }
    }

    @Test(arguments: [
        ("(a", "a group is not closed"), ("a)", "unexpected ')'"), ("[a", "a '[' is not closed"),
        ("*a", "nothing stands before '*'"),
        ("{2}a", "nothing stands before '{'"), ("(?i)*a", "nothing stands before '*'"),
        ("a**", "one repetition follows another"), ("a{1001}", "a repetition of more than 1000"),
        ("a{3,2}", "a repetition {3,2}"), ("(?=a)", "look-ahead is not supported"), ("(?<=a)", "look-behind"),
        ("(a)\\1", "back-references are not supported"), ("[b-a]", "a range runs backwards"),
        ("\\k", "unknown escape '\\k'"),
        ("a\\", "a backslash ends it"), ("(?x)a", "unknown flag 'x'"), ("\\p{Greek}", "is not supported"),
        ("[[:nope:]]", "unknown class"), ("\\xZ", "'\\x' takes two"),
        ("(((a{100}){100}){100})", "too large once its repetitions are unfolded"),
        ("((((){1000}){1000}){1000})", "too large once its repetitions are unfolded"),
    ])
    func `what is no regular expression is refused with the reason`(pattern: String, reason: String) {
        let error = #expect(throws: RegexError.self) { try RegexProgram(parsing: pattern) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func `nested groups are bounded`() {
        let pattern = String(repeating: "(", count: 5_000) + String(repeating: ")", count: 3_000)
        #expect(throws: RegexError.self) { try RegexProgram(parsing: pattern) }
    }

    @Test func `patterns that defeat backtracking take linear time`() throws {
        let text = String(repeating: "a", count: 2_000)
        #expect(try !matches("^(a+)+$", text + "!"))
        #expect(try !matches("(a|aa)*b", text))
        #expect(try matches("a?{30}a{30}".replacingQuestion(), String(repeating: "a", count: 30)))
    }
}

extension String {
    /// `a?` thirty times over: RE2 refuses a repetition right after another, so it is written out.
    fileprivate func replacingQuestion() -> String { String(repeating: "a?", count: 30) + "a{30}" }
}
