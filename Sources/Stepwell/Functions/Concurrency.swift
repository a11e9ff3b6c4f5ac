/// How many steps of a function may run at the same time, or how many of its runs may be under way.
///
/// `.limit(100)`, or up to two limits at once: `[.limit(100), .limit(5, key: "event.data.accountId")]`. Runs that sleep or
/// wait hold no place under `.limit`; `.runs` counts a run from its start to its end.
public struct Concurrency: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// What a limit is shared by.
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        /// The runs of this function.
        case function = "fn"
        /// Every function of the environment with this scope and the same key value. Needs a key.
        case environment = "env"
        /// Every function of the account with this scope and the same key value. Needs a key.
        case account
    }

    struct Limit: Sendable, Hashable {
        let count: Int
        let key: String?
        let scope: Scope?
    }

    private(set) var steps: [Limit] = []
    private(set) var runs: [Limit] = []

    /// At most `count` steps at a time, 1 or more.
    ///
    /// - Parameters:
    ///   - key: counts apart for each value of this expression, such as `event.data.accountId`. Default: one count.
    ///   - scope: what shares the limit. Default: the runs of this function.
    public static func limit(_ count: Int, key: String? = nil, scope: Scope? = nil) -> Concurrency {
        var concurrency = Concurrency()
        concurrency.steps = [Limit(count: count, key: key, scope: scope)]
        return concurrency
    }

    /// At most `count` runs at a time, 1 or more, sleeping and waiting ones included.
    ///
    /// - Parameter key: counts apart for each value of this expression. Default: one count.
    public static func runs(_ count: Int, key: String? = nil) -> Concurrency {
        var concurrency = Concurrency()
        concurrency.runs = [Limit(count: count, key: key, scope: .function)]
        return concurrency
    }

    /// Several limits, all of which must have a free place; at most two.
    public init(arrayLiteral limits: Concurrency...) {
        steps = limits.flatMap(\.steps)
        runs = limits.flatMap(\.runs)
    }

    private init() {}
}
