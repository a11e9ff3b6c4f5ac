/// The account of a customer of ours.
struct AccountID: Identifier {
    let rawValue: String

    init(unchecked rawValue: String) { self.rawValue = rawValue }
}
