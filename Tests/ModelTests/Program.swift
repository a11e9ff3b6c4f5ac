import StepwellModel

@testable import StepwellCore

/// What happens to a partition, in order. Every move makes sense in every state, so that any of them can be left out.
struct Program: Sendable {
    var seed: UInt64
    /// Calls in flight to the app.
    var appLimit: Int
    var moves: [Move]
}

enum Move: Hashable, Sendable {
    /// An app of these functions registers.
    case configure([DeclaredFunction])
    case send(SentEvent)
    /// The worker answers one of the calls that are awaited, counted round.
    case answer(Int, Answer)
    case advance(Milliseconds)
    /// Someone cancels one of the unfinished runs, counted round.
    case cancel(Int)
    /// The process ends and another one opens what is on disk.
    case restart

    enum Answer: Hashable, Sendable {
        case complete
        /// A step ran, and there is more to do.
        case step
        case sleep(Milliseconds)
        /// The call failed and may be tried again.
        case fail
        case failForGood
        /// The worker refused the connection.
        case refuse
    }
}

/// An event of a client.
struct SentEvent: Hashable, Sendable {
    /// Sent as `app/<name>`.
    var name: String
    var k: String
    var j: String
    var priority: Int
    /// How far its time lies ahead.
    var delay: Milliseconds

    var data: String { #"{"j":"\#(j)","k":"\#(k)","p":\#(priority)}"# }
}

extension Move: CustomStringConvertible {
    var description: String {
        switch self {
        case .configure(let functions):
            let texts = functions.map { "\($0.slug) on app/\($0.event), \($0.attempts) attempts {\($0.options)}" }
            return "configure \(texts.joined(separator: "; "))"
        case .send(let event):
            return "send app/\(event.name) \(event.data)\(event.delay > .zero ? " in \(event.delay.count) ms" : "")"
        case .answer(let pick, let answer): return "answer call \(pick): \(answer)"
        case .advance(let span): return "advance \(span.count) ms"
        case .cancel(let pick): return "cancel run \(pick)"
        case .restart: return "restart"
        }
    }
}

extension Move.Answer: CustomStringConvertible {
    var description: String {
        switch self {
        case .complete: "complete"
        case .step: "step"
        case .sleep(let span): "sleep \(span.count) ms"
        case .fail: "fail"
        case .failForGood: "fail for good"
        case .refuse: "refuse the connection"
        }
    }
}

// MARK: - By chance

extension Program {
    static func random(seed: UInt64, length: Int) -> Program {
        var source = ProgramSource(isCrowded: seed % 20 == 19, random: RandomSource(seed: seed))
        let appLimit = source.pick([2, 4, 100])
        var moves = [source.configuration()]
        while moves.count < length { moves.append(source.move()) }
        return Program(seed: seed, appLimit: appLimit, moves: moves)
    }
}

/// Draws moves.
private struct ProgramSource {
    /// All runs want the same few limits, of which their functions allow themselves more and less.
    let isCrowded: Bool
    var random: RandomSource

    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(random.next() % UInt64(values.count))] }
    mutating func percent(_ chance: UInt64) -> Bool { random.next() % 100 < chance }
    mutating func maybe<Value>(_ chance: UInt64, _ value: Value) -> Value? { percent(chance) ? value : nil }

    mutating func move() -> Move {
        switch random.next() % 1_000 {
        case 0..<(isCrowded ? 200 : 300): return .send(event())
        case ..<720: return .answer(Int(random.next() % 100), answer())
        case 720..<930:
            return .advance(Milliseconds(pick([1, 100, 500, 1_000, 1_000, 2_000, 5_000, 12_345, 60_000])))
        case 930..<950: return .cancel(Int(random.next() % 100))
        case 950..<985: return configuration()
        default: return .restart
        }
    }

    private mutating func event() -> SentEvent {
        if isCrowded { return SentEvent(name: pick(["one", "two"]), k: "a", j: "x", priority: 0, delay: .zero) }
        return anyEvent()
    }

    private mutating func anyEvent() -> SentEvent {
        SentEvent(
            name: pick(["one", "one", "two", "two", "stop"]), k: pick(["a", "a", "b", "c"]), j: pick(["x", "y"]),
            priority: pick([0, 0, 5, -5, 60, 100_000]),
            delay: percent(8) ? Milliseconds(pick([1, 2_500, 10_000])) : .zero)
    }

    private mutating func answer() -> Move.Answer {
        switch random.next() % (isCrowded ? 70 : 100) {
        case 0..<45: .complete
        case 45..<70: .step
        case 70..<82: .sleep(Milliseconds(pick([1, 700, 3_000, 20_000])))
        case 82..<90: .fail
        case 90..<92: .failForGood
        default: .refuse
        }
    }

    mutating func configuration() -> Move {
        isCrowded ? .configure(Self.crowd) : .configure((0..<3).filter { _ in percent(90) }.map { function($0) })
    }

    private static var crowd: [DeclaredFunction] {
        let rules: [[DeclaredFunction.Rule]] = [
            [.init(limit: 1, key: .k, scope: .environment)], [.init(limit: 3, key: .k, scope: .environment)],
            [.init(limit: 1, key: .k, scope: .environment), .init(limit: 1, key: .j, scope: .account)],
            [.init(limit: 1, key: .j, scope: .account)],
        ]
        return rules.enumerated().map { number, rules in
            DeclaredFunction(number: number, event: number % 2 == 0 ? "one" : "two", concurrency: rules)
        }
    }

    private mutating func function(_ number: Int) -> DeclaredFunction {
        var function = DeclaredFunction(number: number, event: pick(["one", "two"]), attempts: pick([1, 2, 3]))
        function.concurrency = (0..<pick([0, 0, 1, 1, 2])).map { _ in rule() }
        function.runLimit = percent(25) ? .init(limit: pick([1, 2, 3]), key: key(), scope: .function) : nil
        function.throttle =
            percent(30)
            ? .init(
                limit: pick([1, 2, 3, 7]), periodSeconds: pick([1, 5, 10, 60]), burst: pick([0, 0, 1, 2]), key: key())
            : nil
        function.rateLimit =
            percent(20) ? .init(limit: pick([1, 5, 10, 25]), periodSeconds: pick([1, 10, 60]), key: key()) : nil
        function.idempotency = maybe(5, pick([Key.both, .k]))
        function.hasPriority = percent(30)
        function.singleton = percent(20) ? .init(cancelsOld: percent(50), key: key()) : nil
        function.startTimeoutSeconds = percent(25) ? pick([1, 5, 10]) : nil
        function.finishTimeoutSeconds = percent(25) ? pick([1, 5, 30]) : nil
        function.cancel =
            percent(30) ? .init(matchesKey: percent(70), timeoutSeconds: percent(50) ? pick([2, 10]) : nil) : nil
        holdBack(&function)
        return function
    }

    private mutating func holdBack(_ function: inout DeclaredFunction) {
        switch random.next() % 100 {
        case 0..<15:
            function.debounce = .init(
                periodSeconds: pick([1, 3]), timeoutSeconds: percent(50) ? pick([1, 2, 5]) : nil, key: key())
        case 15..<27:
            function.batch = .init(
                sizeMax: pick([2, 3]), timeoutSeconds: pick([1, 4]), key: key(), excludesB: percent(30))
            function.hasPriority = false
            function.singleton = nil
            function.cancel = nil
        default: break
        }
    }

    private mutating func rule() -> DeclaredFunction.Rule {
        let scope = pick([DeclaredFunction.Scope.function, .function, .environment, .account])
        return .init(
            limit: pick([1, 1, 2, 3, 5]), key: scope == .function ? key() : pick([.k, .k, .j, .both]), scope: scope)
    }

    private mutating func key() -> Key { pick([.none, .k, .k, .j, .both, .notForA, .fails]) }
}
