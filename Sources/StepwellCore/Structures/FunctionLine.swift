import StepwellModel

/// Lanes that wait at a gate which functions share without having asked for it: the functions take turns, and within each
/// its lanes, first come first.
///
/// A function's turn lasts until one of its calls is made: a lane that finds no room elsewhere costs it nothing.
struct FunctionLine {
    /// Of each function that has a place among the turns; none of its lanes may be waiting any more.
    private var lines: [FunctionKey: Queue<Lane>] = [:]
    private var turns = Queue<FunctionKey>()
    /// Before all others.
    private var first = Queue<Lane>()
    private var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ lane: Lane, isFirst: Bool) {
        count += 1
        let function = lane.key.functionKey
        guard !isFirst else { return first.append(lane) }
        if lines[function] == nil { turns.append(function) }
        lines[function, default: Queue()].append(lane)
    }

    /// Takes out the lane whose turn it is, if it is admitted.
    mutating func popFirst(where admits: (_ lane: Lane) -> Bool) -> Lane? {
        if let lane = first.first {
            guard admits(lane) else { return nil }
            count -= 1
            return first.popFirst()
        }
        while let function = turns.first {
            guard let lane = lines[function]?.first else {
                endTurn(of: function)
                continue
            }
            guard admits(lane) else { return nil }
            count -= 1
            return lines[function]?.popFirst()
        }
        return nil
    }

    /// A call of the function is made: it is another's turn.
    mutating func served(_ function: FunctionKey) {
        if turns.first == function { endTurn(of: function) }
    }

    private mutating func endTurn(of function: FunctionKey) {
        turns.popFirst()
        if lines[function]?.isEmpty ?? true { lines[function] = nil } else { turns.append(function) }
    }

    /// Takes everything out, as if all were served in turn.
    mutating func removeAll() -> [Lane] {
        var lanes: [Lane] = []
        lanes.reserveCapacity(count)
        while let lane = popFirst(where: { _ in true }) {
            lanes.append(lane)
            served(lane.key.functionKey)
        }
        return lanes
    }

    func forEach(_ body: (_ lane: Lane) -> Void) {
        first.forEach(body)
        for line in lines.values { line.forEach(body) }
    }
}
