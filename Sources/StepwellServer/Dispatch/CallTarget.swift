import StepwellCore
import StepwellHTTP
import StepwellWire

/// Where a function is called: its URL with the query that each call completes.
struct CallTarget: Sendable {
    private static let stepItem = "stepId"

    /// Up to the value of `stepId`, and what follows it.
    private let head: String
    private let tail: String
    private let discovery: HTTPURL

    init(_ blueprint: FunctionBlueprint, _ rules: AppURLRules) throws(CallProblem) {
        let text = AppURL.normalized(blueprint.url) ?? blueprint.url
        let mark = text.firstIndex(of: "?") ?? text.endIndex
        var items = text[mark...].dropFirst().split(separator: "&").filter { !$0.hasPrefix("\(Self.stepItem)=") }
        items.append("\(Self.stepItem)=")
        // Sorted, as the reference sends them.
        items.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let place = items.firstIndex { $0 == "\(Self.stepItem)=" } ?? 0
        head = text[..<mark] + "?" + items[...place].joined(separator: "&")
        tail = items[(place + 1)...].map { "&\($0)" }.joined()
        discovery = try Self.parse(head + CallRequest.discoveryStepID + tail)
        try rules.check(discovery)
    }

    func url(stepID: String?) throws(CallProblem) -> HTTPURL {
        guard let stepID else { return discovery }
        return try Self.parse(head + stepID + tail)
    }

    private static func parse(_ text: String) throws(CallProblem) -> HTTPURL {
        do throws(HTTPClientError) { return try HTTPURL(text) } catch { throw .unsendable(error.description) }
    }
}
