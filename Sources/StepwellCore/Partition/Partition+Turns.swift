import StepwellModel

/// A lane for which the room that it needs is kept free until it is served.
struct OwedTurn {
    let lane: Lane
    let gates: [GateKey]
}

/// That no lane waits for ever while others are served.
///
/// Lanes that need the same room take turns, which is all there is to it as long as a lane waits for one limit at a time. Two
/// cases are left in which others could be served again and again instead: a lane that needs room at two gates may find one
/// closed whenever the other opens, and a function that declares a lower limit than others for a key that they share may
/// find more in use than it allows itself. So it is counted how often a lane is passed over like that. When it has been so too
/// often its turn is owed: nobody else goes through its gates until it has.
extension Partition {
    /// It was a lane's turn, and another is served.
    func passOver(_ lane: Lane) {
        lane.passedOver += 1
        guard owed == nil, lane.passedOver >= settings.passedOverMax else { return }
        let passages = gates(for: lane.key)
        guard lane.passedOver >= patience(passages), passages.allSatisfy({ $0.opensWithCalls(at: now.engine) })
        else { return }
        let kept = passages.map(\.gate).filter(\.key.isDeclared)
        for gate in kept { gate.reservedFor = lane.number }
        owed = OwedTurn(lane: lane, gates: kept.map(\.key))
    }

    /// As often as four times the calls that its busiest limit has: what keeping room free costs is little against that.
    private func patience(_ passages: [Passage]) -> Int {
        max(settings.passedOverMax, 4 * (passages.map(\.gate.holders.count).max() ?? 0))
    }

    /// Lets a lane wait for room.
    func park(_ lane: Lane, at closed: Passage) {
        lane.state = .parked
        let isOwed = owed?.lane === lane
        closed.gate.wait(lane, limit: closed.limit, isFirst: isOwed)
        // No end of a call will open it.
        if isOwed && !closed.opensWithCalls(at: now.engine) { settleTurn(of: lane) }
    }

    /// A lane was served, or has nothing left to be served with.
    func settleTurn(of lane: Lane) {
        lane.passedOver = 0
        guard owed?.lane === lane else { return }
        for gate in forgetTurn() {
            passOn(gate)
            forgetIfIdle(gate)
        }
    }

    @discardableResult
    func forgetTurn() -> [Gate] {
        let kept = (owed?.gates ?? []).compactMap { gates[$0] }
        for gate in kept { gate.reservedFor = nil }
        owed = nil
        return kept
    }
}

extension GateKey {
    /// A limit that functions declare. Others concern too many for one lane to close them; there it waits as the first.
    fileprivate var isDeclared: Bool {
        switch self {
        case .concurrency, .shared, .run, .throttle: true
        case .app, .gateway, .pause: false
        }
    }
}

extension Partition.Passage {
    /// Whether it is open, or opens when calls that are under way have ended: not at some time, nor with the end of a run,
    /// nor when a worker comes back.
    fileprivate func opensWithCalls(at now: Timestamp) -> Bool {
        gate.probe == nil && gate.closedUntil.map { $0 <= now } ?? true
            && (gate.key.isHeldByCalls || gate.holders.count < limit)
    }
}
