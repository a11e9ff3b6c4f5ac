/// How sure we are of an organisation.
enum Standing: String, Codable, Hashable, Sendable {
    /// Nobody uses it yet, or it is not listed.
    case provisional
    /// Linked to an account and listed, and the only one of its name.
    case established
    /// Others have nearly the same name: somebody has to look.
    case ambiguous
}
