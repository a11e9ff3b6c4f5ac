/// What a hostile expression may cost, at most.
enum Limits {
    /// Bytes of an expression that a user writes.
    static let sourceBytesMax = 8_192
    /// Levels of an expression that a user writes, in the text and in the tree.
    static let nestingMax = 64
    /// Bytes of an expression that holds an event's values (``Expression/interpolated(event:now:)``); events have up to 3 MiB.
    static let interpolatedBytesMax = 4 << 20
    /// A user's levels and the 128 that JSON may add to them.
    static let interpolatedNestingMax = nestingMax + 128 + 12
    /// Levels of a value that an expression builds.
    static let valueNestingMax = 400
    /// Instructions of a compiled regular expression.
    static let regexInstructionsMax = 5_000
}
