/// How the import of a group of organisations ended.
enum ImportOutcome: String, Codable, Hashable, Sendable {
    /// The child told that it is done.
    case completed
    /// It did not within the time allowed.
    case timedOut = "timed-out"
}
