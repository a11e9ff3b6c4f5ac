import StepwellExpressions
import StepwellModel

/// All apps and functions at one point in time, shared with the threads that prepare events.
///
/// Immutable: a registration makes a new one with a higher version, and an event that was matched against an older
/// version is matched again by the engine.
package final class Configuration: Sendable {
    package let version: Int
    package let apps: [AppKey: AppRow]
    package let functions: [FunctionKey: FunctionPlan]
    private let functionsBySlug: [String: FunctionPlan]
    /// The triggers of functions that are not archived, by pattern; within one pattern in the order of their functions.
    private let triggers: [String: [TriggerReference]]
    /// Without any, an event's name is all there is to look up.
    private let hasWildcards: Bool

    private struct TriggerReference {
        var function: FunctionPlan
        /// Which of the function's triggers.
        var place: Int
    }

    package init(version: Int, apps: [AppKey: AppRow], functions: [FunctionKey: FunctionPlan]) {
        self.version = version
        self.apps = apps
        self.functions = functions
        var triggers: [String: [TriggerReference]] = [:]
        var bySlug: [String: FunctionPlan] = [:]
        for function in functions.values.sorted(by: { $0.key < $1.key }) where !function.isArchived {
            bySlug[function.slug] = function
            for (place, trigger) in function.blueprint.triggers.enumerated() {
                triggers[trigger.pattern, default: []].append(TriggerReference(function: function, place: place))
            }
        }
        self.triggers = triggers
        hasWildcards = triggers.keys.contains { $0.utf8.last == UInt8(ascii: "*") }
        functionsBySlug = bySlug
    }

    package static let empty = Configuration(version: 0, apps: [:], functions: [:])

    /// The function that is not archived with this slug, or with this UUID as text.
    package func function(named name: String) -> FunctionPlan? {
        if let function = functionsBySlug[name] { return function }
        guard let id = UUIDBytes(name) else { return nil }
        return functionsBySlug.values.first { $0.blueprint.id == id }
    }

    package func app(named name: String) -> AppRow? { apps.values.first { $0.name == name } }

    /// The runs that an event starts: at most one for each function, whichever of its triggers match.
    ///
    /// A trigger whose condition fails on the event is passed over.
    package func starts(for event: EventView, now: Timestamp) -> [Start] {
        var starts: [Start] = []
        for candidate in candidates(for: event.name) where starts.last?.functionKey != candidate.function.key {
            let trigger = candidate.function.blueprint.triggers[candidate.place]
            guard holds(trigger.condition, for: event, now: now) else { continue }
            starts.append(start(of: candidate.function, for: event, now: now))
        }
        return starts
    }

    /// The triggers whose pattern the name matches, in the order of their functions.
    private func candidates(for name: String) -> [TriggerReference] {
        guard hasWildcards else { return triggers[name] ?? [] }
        return EventPattern.candidates(for: name).flatMap { triggers[$0] ?? [] }
            .sorted { ($0.function.key, $0.place) < ($1.function.key, $1.place) }
    }

    package func start(of function: FunctionPlan, for event: EventView, now: Timestamp) -> Start {
        function.start(for: event, now: now)
    }

    private func holds(_ condition: Expression?, for event: EventView, now: Timestamp) -> Bool {
        guard let condition else { return true }
        do {
            return try condition.evaluateCondition(Scope(event: event.value, async: nil, now: now))
        } catch {
            return false
        }
    }
}
