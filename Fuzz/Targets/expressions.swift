import StepwellExpressions
import StepwellModel

private func event(_ text: StaticString) -> JSONValue { JSONValue(RawJSON(text).slice) }

private let own = event(
    """
    {"data":{"a":1,"b":"x","c":[1,2,3],"d":{"e":null},"id":"p1","n":-2.5},"id":"i","name":"app/a","ts":1700000000000,\
    "user":{}}
    """)
private let other = event(
    #"{"data":{"a":1,"b":"y","c":[],"id":"p1","n":7},"id":"j","name":"app/b","ts":1700000000001,"user":{}}"#)
private let now = Timestamp(milliseconds: 1_700_000_000_000)

/// Parsing and evaluation end, within their budget; an expression into which the run's event was frozen is printed so that
/// it reads as the same; and the hash key with its rest is the whole.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    guard let expression = try? Expression(parsing: text) else { return 0 }
    _ = try? expression.check(variables: ["event", "async"])
    _ = expression.restrictivePolicyViolation()
    _ = try? expression.evaluateKey(Scope(event: own, async: nil, now: now))
    _ = matches(expression, event: own)
    let frozen = expression.interpolated(event: own, now: now)
    guard let stored = try? Expression(parsingStored: frozen.source) else {
        fatalError("what was frozen cannot be read back: \(frozen.source)")
    }
    precondition(matches(stored, event: nil) == matches(frozen, event: nil), "frozen: \(frozen.source)")
    if let key = frozen.indexKey(), let whole = matches(stored, event: nil) {
        let isEqual = IndexValue(at: key.path, of: other) == IndexValue(key.value)
        let rest = key.residual.map { matches($0, event: nil) } ?? true
        if let rest { precondition(whole == (isEqual && rest), "indexed: \(frozen.source)") }
    }
    return 0
}

/// Whether an expression holds; nil when its evaluation fails, which the budget may bring about at different places.
private func matches(_ expression: Expression, event: JSONValue?) -> Bool? {
    do {
        return try expression.evaluateCondition(Scope(event: event, async: other, now: now))
    } catch {
        return nil
    }
}
