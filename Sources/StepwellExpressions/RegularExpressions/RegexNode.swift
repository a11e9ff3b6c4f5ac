/// The tree of a regular expression. Groups only group: nobody asks what they matched.
indirect enum RegexNode: Sendable {
    case set(ScalarSet)
    case assertion(RegexAssertion)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    /// Between `least` and `most` times; nil is without end. Greedy or lazy makes no difference to whether there is a match.
    case repetition(RegexNode, least: Int, most: Int?)
}

/// A place in the text, without width.
enum RegexAssertion: Sendable {
    case textStart
    case textEnd
    case lineStart
    case lineEnd
    case wordBoundary
    case noWordBoundary
}

/// Why a text is no regular expression of RE2's syntax.
struct RegexError: Error, Hashable {
    let message: String
}
