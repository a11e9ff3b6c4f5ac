import StepwellModel
import StepwellWire
import Testing

@testable import Stepwell

/// The decisions about a run, as values: what was met and what is recorded in, what to do out.
@Suite struct RunLedgerTests {
    /// Meets and parks steps that run here; a task is its number.
    static func ledger(_ names: String..., attempt: Int = 0) -> RunLedger<Int> {
        var ledger = RunLedger<Int>(attempt: attempt)
        for (task, name) in names.enumerated() {
            ledger.park(ledger.meet(name).step, .run(type: "step.run"), isRace: false, as: task)
        }
        return ledger
    }

    static func call(
        _ recorded: [(name: String, json: String)] = [], target: String? = nil, attempt: Int = 0,
        plansOnly: Bool = false
    ) throws -> RunCall {
        var memos: [StepHash: RecordedResult] = [:]
        for (name, json) in recorded {
            memos[StepHash(of: name)] = RecordedResult(json: try RawJSON(validating: Array(json.utf8)).slice)
        }
        return RunCall(
            runID: "R", target: target.map { StepHash(of: $0) }, attempt: attempt, attemptsMax: 4,
            stack: recorded.map { StepHash(of: $0.name) }, memos: memos, events: [], plansOnly: plansOnly, byteCount: 0)
    }

    static func text(_ decision: RunLedger<Int>.Decision) -> String {
        switch decision {
        case .wait: "wait"
        case .deliver(let task, let result): "deliver \(result.json.text) to \(task)"
        case .execute(let task, _, nil): "execute \(task)"
        case .execute(let task, _, let input?): "execute \(task) with \(input.text)"
        case .report(let reports): "report \(reports.map { "\($0.opcode.kind.text) \($0.step.name)" })"
        case .refuse(let error): "refuse \(error.code)"
        case .awaitTarget: "await target"
        }
    }

    @Test func `nothing parked is nothing to do`() throws {
        var ledger = Self.ledger()
        ledger.begin(try Self.call())
        #expect(Self.text(ledger.decide()) == "wait")
    }

    @Test func `one new step is run at once`() throws {
        var ledger = Self.ledger("a")
        ledger.begin(try Self.call())
        #expect(Self.text(ledger.decide()) == "execute 0")
        #expect(Self.text(ledger.decide()) == "wait")
    }

    @Test func `several new steps are planned in the order in which they came`() throws {
        var ledger = Self.ledger("b", "a")
        ledger.begin(try Self.call())
        #expect(Self.text(ledger.decide()) == #"report ["StepPlanned b", "StepPlanned a"]"#)
    }

    @Test func `recorded results are handed out in the order in which they were recorded`() throws {
        var ledger = Self.ledger("a", "b", "c")
        ledger.begin(try Self.call([("c", #"{"data":3}"#), ("a", #"{"data":1}"#)]))
        #expect(Self.text(ledger.decide()) == #"deliver {"data":3} to 2"#)
        #expect(ledger.isReplaying)
        #expect(Self.text(ledger.decide()) == #"deliver {"data":1} to 0"#)
        #expect(!ledger.isReplaying)
        #expect(Self.text(ledger.decide()) == "execute 1")
    }

    @Test func `a wanted step is run before anything is handed out`() throws {
        var ledger = Self.ledger("a", "b")
        let call = try Self.call([("a", #"{"data":1}"#)], target: "b")
        ledger.begin(call)
        #expect(Self.text(ledger.decide(target: StepHash(of: "b"))) == "execute 1")
    }

    @Test func `a wanted step that comes later is reached by handing out what is recorded`() throws {
        var ledger = Self.ledger("a")
        ledger.begin(try Self.call([("a", #"{"data":1}"#)], target: "b"))
        let target = StepHash(of: "b")
        #expect(Self.text(ledger.decide(target: target)) == #"deliver {"data":1} to 0"#)
        #expect(Self.text(ledger.decide(target: target)) == "wait")
        ledger.park(ledger.meet("b").step, .run(type: "step.run"), isRace: false, as: 7)
        #expect(Self.text(ledger.decide(target: target)) == "execute 7")
    }

    @Test func `a wanted step that is not among the parked ones is waited for`() throws {
        var ledger = Self.ledger("a")
        ledger.begin(try Self.call(target: "b"))
        #expect(Self.text(ledger.decide(target: StepHash(of: "b"))) == "await target")
    }

    @Test func `a wanted step that does not run here is refused`() throws {
        var ledger = RunLedger<Int>(attempt: 0)
        ledger.park(ledger.meet("nap").step, .sleep("1s"), isRace: false, as: 0)
        ledger.begin(try Self.call(target: "nap"))
        #expect(Self.text(ledger.decide(target: StepHash(of: "nap"))) == "refuse SW0211")
    }

    /// A kind of step, a result, and whether such a step can have left it.
    static let fits: [(StepOperation, String, Bool)] = [
        (.run(type: "step.run"), #"{"data":null}"#, true),
        (.run(type: "step.run"), #"{"error":{"message":"x"}}"#, true),
        (.run(type: "step.run"), "null", false),
        (.run(type: "step.run"), #"{"name":"an.event"}"#, false),
        (.sleep("1s"), "null", true),
        (.sleep("1s"), #"{"data":1}"#, false),
        (.waitForEvent(name: "e", expression: nil, timeout: "1s"), "null", true),
        (.waitForEvent(name: "e", expression: nil, timeout: "1s"), #"{"name":"e","data":{}}"#, true),
        (.waitForEvent(name: "e", expression: nil, timeout: "1s"), #"{"data":1}"#, false),
        (.invoke(function: "f", payload: .emptyObject, timeout: nil), #"{"data":1}"#, true),
        (.invoke(function: "f", payload: .emptyObject, timeout: nil), "null", false),
    ]

    @Test(arguments: fits) func `a result of another kind of step is refused`(
        _ operation: StepOperation, json: String, isFit: Bool
    ) throws {
        var ledger = RunLedger<Int>(attempt: 0)
        ledger.park(ledger.meet("a").step, operation, isRace: false, as: 0)
        ledger.begin(try Self.call([("a", json)]))
        #expect(Self.text(ledger.decide()) == (isFit ? "deliver \(json) to 0" : "refuse SW0211"))
    }

    @Test func `edited arguments are no result`() throws {
        var ledger = Self.ledger("a")
        let operation = StepOperation.run(type: "step.run", input: RawJSON("[0]"))
        var taking = RunLedger<Int>(attempt: 0)
        taking.park(taking.meet("a").step, operation, isRace: false, as: 0)
        taking.begin(try Self.call([("a", #"{"input":[1]}"#)]))
        #expect(Self.text(taking.decide()) == "execute 0 with [1]")
        ledger.begin(try Self.call([("a", #"{"input":[1]}"#)]))
        #expect(Self.text(ledger.decide()) == "refuse SW0238")
    }

    @Test func `a step that ran here and is asked for again gives the same report`() throws {
        var ledger = Self.ledger("a")
        ledger.begin(try Self.call())
        #expect(Self.text(ledger.decide()) == "execute 0")
        let step = StepIdentity(name: "a", index: 0)
        let operation = StepOperation.run(type: "step.run")
        let report = StepReport(step: step, operation: operation, kind: .ran(.null), isRace: false)
        ledger.park(step, operation, isRace: false, reported: report, as: 5)
        #expect(Self.text(ledger.decide()) == #"report ["StepRun a"]"#)
    }

    @Test func `names are numbered, and shared ones are told of while they wait`() {
        var ledger = Self.ledger("a")
        let (second, sharesName) = ledger.meet("a")
        #expect(second.index == 1)
        #expect(second.hash == StepHash(of: "a:1"))
        #expect(sharesName)
        #expect(!ledger.meet("b").sharesName)
    }

    /// Names in the order in which they are met, and the texts whose hashes they get.
    static let numbers: [(names: [String], ids: [String])] = [
        (["x", "x:1", "x"], ["x", "x:1", "x:2"]),
        (["x", "x", "x:1"], ["x", "x:1", "x:1:1"]),
        (["x:1", "x", "x", "x"], ["x:1", "x", "x:2", "x:3"]),
        (["x:1", "x:1", "x", "x"], ["x:1", "x:1:1", "x", "x:2"]),
    ]

    @Test(arguments: numbers) func `a repeated name passes over the numbers that other names have taken`(
        names: [String], ids: [String]
    ) {
        var ledger = RunLedger<Int>(attempt: 0)
        #expect(names.map { ledger.meet($0).step.hash } == ids.map { StepHash(of: $0) })
    }

    // MARK: Which calls a copy can serve

    /// A copy that was handed the results of `names`, in that order.
    static func copy(consumed names: [String], left: String? = nil) throws -> RunLedger<Int> {
        var ledger = RunLedger<Int>(attempt: 0)
        for name in names + (left.map { [$0] } ?? []) {
            ledger.park(ledger.meet(name).step, .run(type: "step.run"), isRace: false, as: 0)
        }
        if let left { _ = ledger.leave(StepHash(of: left)) }
        ledger.begin(try call(names.map { ($0, #"{"data":1}"#) }))
        for _ in names { _ = ledger.decide() }
        ledger.rest()
        return ledger
    }

    static let stacks: [(consumed: [String], stack: [String], isServed: Bool)] = [
        ([], [], true),
        ([], ["a"], true),
        (["a"], ["a"], true),
        (["a"], ["a", "b"], true),
        (["a", "b"], ["a"], false),
        (["a"], [], false),
        (["a"], ["b", "a"], false),
        (["a", "b"], ["b", "a"], false),
    ]

    @Test(arguments: stacks) func `a copy serves calls that begin with what it was given`(
        consumed: [String], stack: [String], isServed: Bool
    ) throws {
        let ledger = try Self.copy(consumed: consumed)
        #expect(ledger.precedes(try Self.call(stack.map { ($0, #"{"data":1}"#) })) == isServed)
    }

    @Test func `a copy does not serve another attempt`() throws {
        #expect(!Self.ledger("a").precedes(try Self.call(attempt: 1)))
    }

    @Test func `what the function left aside does not count`() throws {
        let ledger = try Self.copy(consumed: ["a", "c"], left: "b")
        #expect(ledger.precedes(try Self.call(["a", "b", "c", "d"].map { ($0, #"{"data":1}"#) })))
    }
}
