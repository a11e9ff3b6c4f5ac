import StepwellModel

@testable import StepwellExpressions

/// 2026-01-31T08:30:05.250Z, a Saturday.
let testNow = Timestamp(milliseconds: 1_769_848_205_250)

/// An event with every kind of value.
let testEvent = """
    {"name": "user/created", "id": "01J", "ts": 1769848205250, "data": {
      "id": "x", "count": 9, "ratio": 9.1, "ok": true, "no": false, "nothing": null, "empty": "", "zero": 0,
      "list": [1, 2, 3], "names": ["ann", "bob"], "none": [], "map": {"b": 2, "a": "one"}, "nested": {"deep": {"id": 7}},
      "big": 9007199254740993, "million": 1234567, "text": "Hello, Wörld", "huge": 1e21, "half": 0.5,
      "items": [{"id": "a", "price": 10}, {"id": "b", "price": 25}], "odd name": 1, "date": "2026-01-31T08:30:05.25Z"
    }}
    """

func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

func scope(event: String = testEvent, async: String? = nil, costMax: Int = Scope.costMaxDefault) throws -> Scope {
    Scope(event: try json(event), async: try async.map(json), now: testNow, costMax: costMax)
}

/// The outcome as text: a text in quotes, everything else as Go prints it, `unknown`, or `error: …`.
func outcome(_ source: String, event: String = testEvent, async: String? = nil) throws -> String {
    try outcome(of: Expression(parsing: source), in: scope(event: event, async: async))
}

func outcome(of expression: Expression, in scope: Scope) throws -> String {
    var evaluator = Evaluator(scope)
    let value = try evaluator.value(of: expression.root)
    switch value {
    case .unknown: return "unknown"
    case .null: return "null"
    case .string(let text): return "\"\(text)\""
    case .uint(let number): return "\(number)u"
    case .error(let failure): return "error: \(failure.message)"
    default: return try GoText.of(value, budget: &evaluator.budget)
    }
}
