import Foundation
import StepwellCore
import Testing

/// The whole engine under faults, from printed seeds. `STEPWELL_SEED=n` replays one with its trace, `STEPWELL_SEEDS=n`
/// runs more.
@Suite struct SimulationTests {
    private static var seedCount: Int {
        ProcessInfo.processInfo.environment["STEPWELL_SEEDS"].flatMap { Int($0) } ?? 2_000
    }

    @Test func `every run ends correctly, whatever happens between`() async {
        if let seed = ProcessInfo.processInfo.environment["STEPWELL_SEED"].flatMap({ UInt64($0) }) {
            let result = Simulation.run(seed: seed, isTraced: true)
            print(result.trace.joined(separator: "\n"))
            #expect(result.violations.isEmpty, "seed \(seed): \(result.violations)")
            return
        }
        let results = await Self.run(seeds: Self.seedCount)
        for result in results where !result.violations.isEmpty {
            Issue.record("STEPWELL_SEED=\(result.seed) replays this: \(result.violations.prefix(3))")
        }
        let transitions = results.map(\.transitions).reduce(0, +)
        #expect(transitions >= 500 * results.count, "\(transitions) transitions in \(results.count) seeds")
        var coverage = Coverage()
        for result in results { coverage.merge(result.coverage) }
        let missing = Coverage.required.subtracting(coverage.counts.keys)
        #expect(missing.isEmpty, "never happened: \(missing.sorted())")
        print(
            "\(results.count) seeds, \(transitions) transitions, \(coverage.counts["fault.crash", default: 0]) crashes")
    }

    private static func run(seeds: Int) async -> [Simulation.Result] {
        await withTaskGroup(of: [Simulation.Result].self) { group in
            let workers = 2
            for worker in 0..<workers {
                group.addTask {
                    await onOwnThread {
                        stride(from: worker, to: seeds, by: workers).map { Simulation.run(seed: UInt64($0)) }
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Minutes of work, which must not hold up the threads that other tests' tasks share.
    private static func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: work()) }.start()
        }
    }

    @Test func `the same seed gives the same transitions`() {
        let first = Simulation.run(seed: 7, isTraced: true)
        let second = Simulation.run(seed: 7, isTraced: true)
        let difference = zip(first.trace, second.trace).first { $0 != $1 }
        #expect(difference == nil, "\(difference.map { "\($0) against \($1)" } ?? "")")
        #expect(first.transitions == second.transitions)
    }

    @Test(arguments: Defect.allCases)
    func `a planted defect is found`(defect: Defect) async {
        let found = await Self.onOwnThread {
            (0..<2_000).contains { !Simulation.run(seed: UInt64($0), defect: defect).violations.isEmpty }
        }
        #expect(found, "\(defect) goes unnoticed")
    }
}
