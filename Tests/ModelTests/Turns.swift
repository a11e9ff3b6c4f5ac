/// Counts how often lines overtake each other. Functions take turns at the app before their lines do, so the lines of a
/// function with several are overtaken as much oftener by others.
struct Turns {
    /// For each line that could have been served, how often each other was served instead since it last was.
    private var overtakings: [FlowModel.Line: [FlowModel.Line: Int]] = [:]
    private(set) var overtakingsMax = 0
    /// The bound.
    static let overtakingsMax = 4

    /// The engine has decided to call a run; the model does not know it yet.
    mutating func note(_ key: Int64, in model: FlowModel) {
        guard let run = model.run(key) else { return }
        let served = model.line(of: run)
        overtakings[served] = nil
        let waiting = Dictionary(grouping: model.waiting) { model.line(of: $0) }
        let lines = Dictionary(grouping: waiting.keys) { $0.function }
        for (line, runs) in waiting where line != served {
            guard let first = runs.first, model.closed(for: first).isEmpty, model.competes(first, with: run) else {
                continue
            }
            overtakings[line, default: [:]][served, default: 0] += 1
            let turns = line.function == served.function ? 1 : lines[line.function]?.count ?? 1
            overtakingsMax = max(overtakingsMax, ((overtakings[line]?[served] ?? 0) + turns - 1) / turns)
        }
        // A line without calls has nothing to be overtaken with.
        overtakings = overtakings.filter { waiting[$0.key] != nil }
    }
}
