/// A function as a random program declares it: few keys and small limits, so that runs get into each other's way.
struct DeclaredFunction: Hashable {
    var number: Int
    /// Its trigger is `app/<event>`.
    var event: String
    var attempts = 2
    var concurrency: [Rule] = []
    var runLimit: Rule?
    var throttle: Throttle?
    var rateLimit: RateLimit?
    /// A key of which there is one run in 24 hours; takes the place of `rateLimit`.
    var idempotency: Key?
    var debounce: Debounce?
    /// Stands with no debounce, singleton, priority or cancelling event.
    var batch: Batch?
    /// Its runs' priorities come with the events.
    var hasPriority = false
    var singleton: Singleton?
    var startTimeoutSeconds: Int64?
    var finishTimeoutSeconds: Int64?
    var cancel: Cancel?

    /// The keys that its runs have.
    var limitKeys: [Key?] {
        [
            concurrency.first?.key ?? Key.none, concurrency.dropFirst().first?.key ?? Key.none,
            runLimit?.key ?? Key.none,
            throttle?.key ?? Key.none, singleton?.key, hasPriority ? Key.k : nil,
        ]
    }

    struct Rule: Hashable {
        var limit: Int
        var key: Key
        var scope: Scope
    }

    enum Scope: String, Hashable {
        case function = "fn"
        case environment = "env"
        case account = "account"
    }

    struct Throttle: Hashable {
        var limit: Int64
        var periodSeconds: Int64
        var burst: Int64
        var key: Key
    }

    struct RateLimit: Hashable {
        var limit: Int64
        var periodSeconds: Int64
        var key: Key
    }

    struct Debounce: Hashable {
        var periodSeconds: Int64
        var timeoutSeconds: Int64?
        var key: Key
    }

    struct Batch: Hashable {
        var sizeMax: Int
        var timeoutSeconds: Int64
        var key: Key
        /// Events whose `k` is "b" start runs of their own.
        var excludesB: Bool
    }

    struct Singleton: Hashable {
        /// The old run goes; otherwise the new one is skipped.
        var cancelsOld: Bool
        var key: Key
    }

    struct Cancel: Hashable {
        /// Only an event with the same `k` cancels.
        var matchesKey: Bool
        var timeoutSeconds: Int64?
    }
}

/// A key's expression, and what it comes to.
enum Key: Hashable, CaseIterable {
    case none, k, j, both
    /// False where `k` is "a".
    case notForA
    /// Fails on every event.
    case fails

    enum Value: Hashable {
        case absent
        case text(String)
        case isFalse
        case failed
    }

    var expression: String? {
        switch self {
        case .none: nil
        case .k: "event.data.k"
        case .j: "event.data.j"
        case .both: "event.data.k + event.data.j"
        case .notForA: #"event.data.k == \"a\" ? false : event.data.k"#
        case .fails: "1 / 0"
        }
    }

    func value(for event: SentEvent) -> Value {
        switch self {
        case .none: .absent
        case .k: .text(event.k)
        case .j: .text(event.j)
        case .both: .text(event.k + event.j)
        case .notForA: event.k == "a" ? .isFalse : .text(event.k)
        case .fails: .failed
        }
    }
}

// MARK: - As JSON

extension DeclaredFunction {
    var slug: String { "app-f\(number)" }

    /// The members that say something about flow control.
    var options: String {
        var members: [String] = []
        if runLimit != nil || !concurrency.isEmpty {
            members.append(
                #""concurrency":{"fn":[\#(runLimit?.json ?? "")],"step":[\#(concurrency.map(\.json).joined(separator: ","))]}"#
            )
        }
        if let throttle {
            members.append(
                #""throttle":{"limit":\#(throttle.limit),"period":"\#(throttle.periodSeconds)s","burst":\#(throttle.burst)\#(throttle.key.member)}"#
            )
        }
        if let rateLimit {
            members.append(
                #""rateLimit":{"limit":\#(rateLimit.limit),"period":"\#(rateLimit.periodSeconds)s"\#(rateLimit.key.member)}"#
            )
        }
        if let key = idempotency?.expression { members.append(#""idempotency":"\#(key)""#) }
        if let debounce { members.append(#""debounce":{\#(debounce.json)}"#) }
        if let batch { members.append(#""batchEvents":{\#(batch.json)}"#) }
        if hasPriority { members.append(#""priority":{"run":"event.data.p"}"#) }
        if let singleton {
            members.append(
                #""singleton":{"mode":"\#(singleton.cancelsOld ? "cancel" : "skip")"\#(singleton.key.member)}"#)
        }
        if startTimeoutSeconds != nil || finishTimeoutSeconds != nil { members.append(timeouts) }
        if let cancel { members.append(#""cancel":[\#(cancel.json)]"#) }
        return members.joined(separator: ",")
    }

    private var timeouts: String {
        let members = [("start", startTimeoutSeconds), ("finish", finishTimeoutSeconds)]
        return
            #""timeouts":{\#(members.compactMap { name, span in span.map { "\"\(name)\":\"\($0)s\"" } }.joined(separator: ","))}"#
    }

    var json: String {
        """
        {"id":"\(slug)","name":"f\(number)","triggers":[{"event":"app/\(event)"}],"steps":{"step":{"id":"step","name":"step",\
        "runtime":{"type":"http","url":"http://worker:3000/api?fnId=\(slug)&stepId=step"},\
        "retries":{"attempts":\(attempts - 1)}}}\(options.isEmpty ? "" : ",")\(options)}
        """
    }
}

extension Key {
    fileprivate var member: String { expression.map { #","key":"\#($0)""# } ?? "" }
}

extension DeclaredFunction.Rule {
    fileprivate var json: String { #"{"limit":\#(limit),"scope":"\#(scope.rawValue)"\#(key.member)}"# }
}

extension DeclaredFunction.Debounce {
    fileprivate var json: String {
        #""period":"\#(periodSeconds)s"\#(timeoutSeconds.map { #","timeout":"\#($0)s""# } ?? "")\#(key.member)"#
    }
}

extension DeclaredFunction.Batch {
    fileprivate var json: String {
        #""maxSize":\#(sizeMax),"timeout":"\#(timeoutSeconds)s"\#(key.member)\#(excludesB ? #","if":"event.data.k != \"b\"""# : "")"#
    }
}

extension DeclaredFunction.Cancel {
    fileprivate var json: String {
        #"{"event":"app/stop"\#(matchesKey ? #","if":"event.data.k == async.data.k""# : "")\#(timeoutSeconds.map { #","timeout":"\#($0)s""# } ?? "")}"#
    }
}

// MARK: - Shrinking

extension DeclaredFunction {
    /// The function with one option less, in each way.
    var simpler: [DeclaredFunction] {
        var all: [DeclaredFunction] = []
        func without(_ change: (inout DeclaredFunction) -> Void) {
            var copy = self
            change(&copy)
            if copy != self { all.append(copy) }
        }
        without { $0.concurrency.removeAll() }
        for place in concurrency.indices { without { $0.concurrency.remove(at: place) } }
        without { $0.runLimit = nil }
        without { $0.throttle = nil }
        without { $0.rateLimit = nil }
        without { $0.idempotency = nil }
        without { $0.debounce = nil }
        without { $0.batch = nil }
        without { $0.hasPriority = false }
        without { $0.singleton = nil }
        without { $0.startTimeoutSeconds = nil }
        without { $0.finishTimeoutSeconds = nil }
        without { $0.cancel = nil }
        for place in concurrency.indices {
            without { $0.concurrency[place].limit = 1 }
            if concurrency[place].scope == .function { without { $0.concurrency[place].key = .none } }
        }
        without { $0.runLimit?.limit = 1 }
        without { $0.runLimit?.key = .none }
        without { $0.throttle?.key = .none }
        without { $0.rateLimit?.key = .none }
        without { $0.singleton?.key = .none }
        without { $0.throttle?.burst = 0 }
        without { $0.debounce?.timeoutSeconds = nil }
        without { $0.debounce?.key = .none }
        without { $0.batch?.key = .none }
        without { $0.batch?.excludesB = false }
        return all
    }
}
