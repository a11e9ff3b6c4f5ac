/// Runs a program over a text, all its states at once: linear in the text, whatever the expression is.
struct RegexMatcher {
    private let program: RegexProgram
    /// The step at which a state was last added, so that none is added twice.
    private var addedAt: [Int]
    private var step = 1
    private var pending: [Int] = []
    /// States that were visited and not paid for yet.
    private var work = 0

    init(_ program: RegexProgram) {
        self.program = program
        addedAt = Array(repeating: 0, count: program.instructions.count)
    }

    /// Whether the expression matches anywhere in `text`.
    mutating func isMatch(in text: String, budget: inout Budget) throws(EvaluationError) -> Bool {
        var (current, next): ([Int], [Int]) = ([], [])
        var previous: Unicode.Scalar?
        var iterator = text.unicodeScalars.makeIterator()
        var scalar = iterator.next()
        while true {
            // A match may begin at every place.
            if add(0, to: &current, between: previous, and: scalar) { return true }
            work += current.count + 1
            try budget.spend(work >> 3)
            work &= 7
            guard let taken = scalar else { return false }
            scalar = iterator.next()
            step += 1
            for state in current {
                guard case .scalar(let set) = program.instructions[state], set.contains(taken) else { continue }
                if add(state + 1, to: &next, between: taken, and: scalar) { return true }
            }
            swap(&current, &next)
            next.removeAll(keepingCapacity: true)
            previous = taken
        }
    }

    /// Adds a state and all that it leads to without taking a scalar; true when the match is among them.
    private mutating func add(
        _ state: Int, to states: inout [Int], between before: Unicode.Scalar?, and after: Unicode.Scalar?
    ) -> Bool {
        pending.append(state)
        while let state = pending.popLast() {
            guard addedAt[state] != step else { continue }
            addedAt[state] = step
            work += 1
            switch program.instructions[state] {
            case .scalar: states.append(state)
            case .jump(let target): pending.append(target)
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .assertion(let assertion):
                if assertion.holds(between: before, and: after) { pending.append(state + 1) }
            case .match: return true
            }
        }
        return false
    }
}

extension RegexAssertion {
    fileprivate func holds(between before: Unicode.Scalar?, and after: Unicode.Scalar?) -> Bool {
        switch self {
        case .textStart: before == nil
        case .textEnd: after == nil
        case .lineStart: before == nil || before == "\n"
        case .lineEnd: after == nil || after == "\n"
        case .wordBoundary: Self.isWord(before) != Self.isWord(after)
        case .noWordBoundary: Self.isWord(before) == Self.isWord(after)
        }
    }

    /// ASCII only, as in RE2.
    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar, scalar.isASCII else { return false }
        return scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
    }
}
