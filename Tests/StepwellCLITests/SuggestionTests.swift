import Testing

@testable import StepwellCLI

struct SuggestionTests {
    @Test(
        arguments: [
            ("prot", "port"), ("portt", "port"), ("Port", "port"), ("event-keys", "event-key"),
            ("signin-key", "signing-key"),
            ("poll-intervall", "poll-interval"), ("zzz", nil), ("x", nil),
        ] as [(String, String?)])
    func `a misspelt name leads to the nearest one`(given: String, nearest: String?) {
        let names = ["host", "port", "event-key", "signing-key", "poll-interval"]
        #expect(Suggestion.nearest(to: given, among: names) == nearest)
    }

    @Test(arguments: [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("kitten", "sitting", 3), ("port", "prot", 1)])
    func `distance counts insertions, deletions, replacements and swaps`(left: String, right: String, edits: Int) {
        #expect(Suggestion.distance(left, right) == edits)
        #expect(Suggestion.distance(right, left) == edits)
    }
}
