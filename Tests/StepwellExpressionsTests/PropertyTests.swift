import StepwellModel
import Testing

@testable import StepwellExpressions

/// Laws that hold for every expression, over expressions and events from fixed seeds.
@Suite struct PropertyTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `what is printed parses to the same tree`(seed: UInt64) throws {
        var generator = ExpressionGenerator(seed: seed)
        for _ in 0..<2_000 {
            let node = generator.node(depth: 4)
            let source = Printer.text(of: node)
            let parsed = try? Expression(parsingStored: source)
            #expect(parsed?.root == node, "\(source) against \(parsed.map { Printer.text(of: $0.root) } ?? "no parse")")
            #expect(parsed.map { Printer.text(of: $0.root) } == source)
        }
    }

    @Test(arguments: [4, 5, 6] as [UInt64])
    func `interpolating and then evaluating is evaluating with both events`(seed: UInt64) throws {
        var generator = ExpressionGenerator(seed: seed)
        var decided = 0
        for _ in 0..<2_000 {
            let expression = Expression(generator.node(depth: 4))
            let (event, async) = (generator.event(), generator.event())
            let interpolated = expression.interpolated(event: event, now: testNow)
            let stored = try Expression(parsingStored: interpolated.source)
            #expect(stored.root == interpolated.root, "\(interpolated.source)")
            let direct = try outcome(of: expression, in: Scope(event: event, async: async, now: testNow))
            let late = try outcome(of: stored, in: Scope(async: async, now: testNow))
            #expect(direct == late, "\(expression.source) with \(event.raw.text) and \(async.raw.text)")
            if !direct.hasPrefix("error") { decided += 1 }
        }
        #expect(decided > 700)
    }

    @Test(arguments: [7, 8, 9] as [UInt64])
    func `a key and its residual together are the condition`(seed: UInt64) throws {
        var generator = ExpressionGenerator(seed: seed)
        var (indexed, matched) = (0, 0)
        for _ in 0..<2_000 {
            let expression = Expression(generator.waitCondition()).interpolated(event: generator.event(), now: testNow)
            guard let key = expression.indexKey() else { continue }
            indexed += 1
            for _ in 0..<8 {
                let async = generator.event()
                let scope = Scope(async: async, now: testNow)
                let direct = (try? expression.evaluateCondition(scope)) ?? false
                let isFound = IndexValue(at: key.path, of: async) == IndexValue(key.value)
                let residual = (try? key.residual?.evaluateCondition(scope)) ?? (key.residual == nil)
                #expect(direct == (isFound && residual), "\(expression.source) with \(async.raw.text)")
                if direct { matched += 1 }
            }
        }
        #expect(indexed > 500)
        #expect(matched > 80)
    }
}
