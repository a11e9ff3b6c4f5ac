/// What a rule of the domain refuses, in words for whoever asked.
struct DomainError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
