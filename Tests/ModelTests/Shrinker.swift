/// Makes a program that shows a difference as short as it gets: delta debugging over the moves, and then over what the
/// functions declare.
///
/// Source: Zeller and Hildebrandt, Simplifying and isolating failure-inducing input (2002).
struct Shrinker {
    /// Whether a program still shows it.
    let fails: (Program) -> Bool

    func shrunk(_ program: Program) -> Program {
        var smallest = program
        while true {
            let next = withSimplerMoves(withFewerMoves(smallest))
            if next.moves == smallest.moves { return next }
            smallest = next
        }
    }

    /// Leaves out pieces, the large ones first, as long as one can be left out.
    private func withFewerMoves(_ program: Program) -> Program {
        var program = program
        var size = max(1, program.moves.count / 2)
        while true {
            var start = 0
            var isSmaller = false
            while start < program.moves.count {
                var shorter = program
                shorter.moves.removeSubrange(start..<min(start + size, program.moves.count))
                if fails(shorter) {
                    program = shorter
                    isSmaller = true
                } else {
                    start += size
                }
            }
            if size == 1 && !isSmaller { return program }
            if !isSmaller { size = max(1, size / 2) }
        }
    }

    private func withSimplerMoves(_ program: Program) -> Program {
        var program = program
        for place in program.moves.indices {
            while let simpler = program.moves[place].simpler.lazy.map({ program.replacing(place, $0) }).first(
                where: fails)
            {
                program = simpler
            }
        }
        return program
    }
}

extension Program {
    fileprivate func replacing(_ place: Int, _ move: Move) -> Program {
        var program = self
        program.moves[place] = move
        return program
    }

    /// As a list to be read.
    var script: String {
        "seed \(seed), at most \(appLimit) calls to the app:\n"
            + moves.enumerated().map { "  \($0 + 1). \($1)" }.joined(separator: "\n")
    }
}

extension Move {
    /// Each way in which the move can say less.
    fileprivate var simpler: [Move] {
        switch self {
        case .configure(let functions):
            var all: [Move] = []
            for place in functions.indices where functions.count > 1 {
                all.append(.configure(functions.enumerated().filter { $0.offset != place }.map(\.element)))
            }
            for place in functions.indices {
                for simpler in functions[place].simpler {
                    var changed = functions
                    changed[place] = simpler
                    all.append(.configure(changed))
                }
            }
            return all
        case .answer(let pick, let answer) where pick > 0:
            return [.answer(pick / 2, answer), .answer(pick - 1, answer)]
        case .cancel(let pick) where pick > 0: return [.cancel(pick / 2), .cancel(pick - 1)]
        default: return []
        }
    }
}
