/// What we think of an organisation, from what the parallel look-ups of an assessment found.
enum StandingRule {
    static func standing(accounts: Int, isListed: Bool, namesakes: Int) -> Standing {
        if namesakes > 0 { return .ambiguous }
        return accounts > 0 && isListed ? .established : .provisional
    }
}
