import StepwellModel
import StepwellStore

@testable import StepwellCore

/// Runs one seed: a time of faults, then a time without, in which all that was begun must come to its end.
struct Simulation {
    struct Result: Sendable {
        var seed: UInt64
        var transitions: Int
        var violations: [String]
        var coverage: Coverage
        var trace: [String]
    }

    static func run(seed: UInt64, defect: Defect? = nil, isTraced: Bool = false) -> Result {
        let world = World(seed: seed, defect: defect, isTraced: isTraced)
        while world.transitions < 420, world.ledger.violations.isEmpty { disturb(world) }
        world.hasFaults = false
        world.register()
        world.resumeAll()
        settle(world)
        if world.ledger.violations.isEmpty { world.ledger.judge(world.committed) }
        return Result(
            seed: seed, transitions: world.transitions, violations: world.ledger.violations, coverage: world.coverage,
            trace: world.trace ?? [])
    }

    /// One thing happens, of all that can.
    private static func disturb(_ world: World) {
        switch world.random.next() % 1_000 {
        case 0..<40: if world.clientBudget > 0 { world.sendAny() }
        case 40..<50: world.repeatRequest()
        case 50..<55: world.cancelAny()
        case 55..<61: world.jumpWall()
        case 61..<69: world.crashNow()
        case 69..<71: world.drainAndCrash()
        case 71..<73: world.removeApp()
        case 73..<78: world.registerAgain()
        case 78..<82: world.apply(.appFailed(url: "http://worker:3000/api", error: "unreachable"))
        case 82..<83: world.apply(.ping(world.token()))
        case 83..<84: world.explainAny()
        case 84..<92: world.changeAnyState()
        case 92..<100: if world.clientBudget > 0 { world.rerunAny() }
        case 100..<126: world.signalAny()
        case 126..<134: world.noteAny()
        case 134..<137: world.beginAnyBulk()
        case 137..<139: world.stopAnyBulk()
        case 139..<200: world.advanceToNextDue()
        case 200..<260: world.advance(by: Milliseconds(Int64(world.random.next() % 3_000)))
        case 260..<420: world.handOver()
        case 420..<560: world.commitNext()
        case 560..<700: world.releaseNext()
        case 700..<720: world.fetchNext()
        case 720..<740: world.fetchedNext()
        case 740..<800: world.loadNext()
        case 800..<900: world.workNext()
        default: world.answerNext()
        }
    }

    /// Without faults everything ends: waits by their timeouts, at the latest.
    private static func settle(_ world: World) {
        for _ in 0..<4_000 {
            guard world.ledger.violations.isEmpty else { return }
            world.handOver()
            world.commitNext()
            world.releaseNext()
            world.loadNext()
            world.workNext()
            world.answerNext()
            world.fetchNext()
            world.fetchedNext()
            if world.partition.hasMoreWork { world.apply(.tick) }
            guard world.isQuiet else { continue }
            if world.partition.unfinishedRunCount == 0 && world.partition.bulks.isEmpty { return }
            world.advanceToNextDue()
        }
        world.ledger.violate("\(world.partition.unfinishedRunCount) runs do not end")
    }
}
