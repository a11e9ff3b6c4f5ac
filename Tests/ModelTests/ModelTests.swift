import Foundation
import Testing

/// The engine against the model, on random programs from printed seeds. `STEPWELL_MODEL_SEED=n` runs one alone,
/// `STEPWELL_MODEL_SEEDS=n` runs more.
@Suite struct ModelTests {
    private static var environment: [String: String] { ProcessInfo.processInfo.environment }
    private static var seeds: Range<UInt64> {
        if let seed = environment["STEPWELL_MODEL_SEED"].flatMap({ UInt64($0) }) { return seed..<(seed + 1) }
        return 0..<(environment["STEPWELL_MODEL_SEEDS"].flatMap { UInt64($0) } ?? 120)
    }

    /// Most programs are short, and some are long.
    private static func program(_ seed: UInt64) -> Program {
        Program.random(seed: seed, length: seed % 50 == 0 ? 3_000 : 200)
    }

    private struct Result: Sendable {
        var seed: UInt64
        var difference: Comparison.Difference?
        var tally: Comparison.Tally
    }

    @Test func `what is called, waits, is skipped, dropped and cancelled is what the model says`() async {
        let seeds = Self.seeds
        let results = await Self.onOwnThreads(2) { part, parts in
            seeds.filter { Int($0) % parts == part }.map { seed in
                var comparison = Comparison(Self.program(seed))
                return Result(seed: seed, difference: comparison.run(), tally: comparison.tally)
            }
        }
        for result in results {
            guard let difference = result.difference else { continue }
            let shrunk = await Self.onOwnThreads(1) { _, _ in [Self.shrunk(Self.program(result.seed))] }
            Issue.record(
                "STEPWELL_MODEL_SEED=\(result.seed) replays this: \(difference)\n\(shrunk.map(\.text).joined())")
            return
        }
        var tally = Comparison.Tally()
        for result in results { tally.merge(result.tally) }
        print("\(results.count) programs: \(tally)")
        guard seeds.count > 1 else { return }
        let missing = Comparison.Tally.required.subtracting(tally.counts.keys)
        #expect(missing.isEmpty, "never happened: \(missing.sorted())")
        #expect(
            tally.overtakingsMax <= Turns.overtakingsMax,
            "a line was overtaken \(tally.overtakingsMax) times by another")
    }

    @Test(arguments: Misreading.allCases)
    func `a model that gets a rule wrong is found out, and the program that shows it is a few moves long`(
        misreading: Misreading
    ) async throws {
        let shrunk = await Self.onOwnThreads(1) { _, _ in
            let programs = (0..<500).lazy.map { Self.program($0 + 1) }
            let found = programs.first { Comparison.difference(in: $0, misreading: misreading) != nil }
            return found.map { [Self.shrunk($0, misreading: misreading)] } ?? []
        }
        let script = try #require(shrunk.first, "\(misreading) goes unnoticed")
        #expect(script.program.moves.count <= 8, "\(script.text)")
    }

    // MARK: - Shrinking

    private struct Shrunk: Sendable {
        var program: Program
        var text: String
    }

    private static func shrunk(_ program: Program, misreading: Misreading? = nil) -> Shrunk {
        let shrunk = Shrinker { Comparison.difference(in: $0, misreading: misreading) != nil }.shrunk(program)
        let difference = Comparison.difference(in: shrunk, misreading: misreading)
        return Shrunk(program: shrunk, text: "\(shrunk.script)\n\(difference.map { "\($0)" } ?? "")")
    }

    /// Long work, which must not hold up the threads that other tests' tasks share.
    private static func onOwnThreads<Value: Sendable>(
        _ count: Int, _ work: @escaping @Sendable (_ part: Int, _ parts: Int) -> [Value]
    ) async -> [Value] {
        await withTaskGroup(of: [Value].self) { group in
            for part in 0..<count {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        Thread { continuation.resume(returning: work(part, count)) }.start()
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }
}
