import StepwellExpressions
import StepwellModel

/// A function as it was registered, with its expressions compiled: what the engine needs to know of it.
package struct FunctionBlueprint: Sendable {
    /// `<app>-<function>`.
    package var slug: String
    package var id: UUIDBytes
    package var name: String
    /// Where its calls go, `fnId=` included.
    package var url: String
    /// Attempts of each step, the first included: 1…21.
    package var attemptsMax: Int
    package var triggers: [Trigger]
    package var schedules: [ScheduleTrigger]
    package var flow: FlowControl
    /// The configuration as it came.
    package var source: RawJSON

    package init(
        slug: String, id: UUIDBytes, name: String, url: String, attemptsMax: Int, triggers: [Trigger],
        schedules: [ScheduleTrigger] = [], flow: FlowControl, source: RawJSON
    ) {
        self.slug = slug
        self.id = id
        self.name = name
        self.url = url
        self.attemptsMax = attemptsMax
        self.triggers = triggers
        self.schedules = schedules
        self.flow = flow
        self.source = source
    }
}

/// The events that start a function.
package struct Trigger: Sendable {
    /// An exact name, or a prefix that ends in `/*` or `.*`.
    package var pattern: String
    package var condition: Expression?

    package init(pattern: String, condition: Expression?) {
        self.pattern = pattern
        self.condition = condition
    }
}

/// A function in the form in which the engine uses it: a blueprint with its keys.
package final class FunctionPlan: Sendable {
    package let key: FunctionKey
    package let appKey: AppKey
    package let version: Int
    package let isArchived: Bool
    package let blueprint: FunctionBlueprint

    package init(key: FunctionKey, appKey: AppKey, version: Int, isArchived: Bool, blueprint: FunctionBlueprint) {
        self.key = key
        self.appKey = appKey
        self.version = version
        self.isArchived = isArchived
        self.blueprint = blueprint
    }

    package var slug: String { blueprint.slug }
    package var attemptsMax: Int { blueprint.attemptsMax }

    package var flow: FlowControl { blueprint.flow }

    /// The run that an event starts, with all that depends on the event and the function alone.
    package func start(for event: EventView, now: Timestamp) -> Start {
        let reader = KeyReader(event: event, now: now)
        return Start(
            functionKey: key, limitKeys: limitKeys(reader),
            rateLimitHash: flow.rateLimit.flatMap { reader.rateLimitHash($0) }, hold: reader.hold(flow))
    }

    /// What the keys of a run come to that there is already.
    func limitKeys(of event: EventRow, now: Timestamp) -> LimitKeys {
        limitKeys(KeyReader(event: EventView(name: event.name, payload: event.payload), now: now))
    }

    private func limitKeys(_ reader: KeyReader) -> LimitKeys {
        LimitKeys(
            concurrency: flow.concurrency.map { reader.text(of: $0.key) },
            throttle: reader.text(of: flow.throttle?.key),
            run: reader.text(of: flow.runConcurrency?.key), singleton: flow.singleton.flatMap { reader.singleton($0) },
            priority: reader.priority(flow.priority))
    }
}

/// Evaluates the keys of one event. None of them can lose it: what each failure means is decided here.
private struct KeyReader {
    let event: EventView
    let now: Timestamp

    /// Seconds that a priority may move a start by. Source: PROTOCOL, section 5.
    private static let priorityMax: Int64 = 43_200

    private var scope: Scope { Scope(event: event.value, async: nil, now: now) }

    func text(of key: Expression?) -> String? {
        guard let key else { return nil }
        do {
            return LimitKeys.kept(try key.evaluateKey(scope).text)
        } catch {
            return LimitKeys.invalid
        }
    }

    /// Nil when the key is the bool false, which switches the limit off for this event.
    func rateLimitHash(_ rule: RateLimitRule) -> UInt64? {
        guard let key = rule.key else { return 0 }
        do {
            let value = try key.evaluateKey(scope)
            return value.isFalse ? nil : Digest.limitKeyHash(value.text)
        } catch {
            return Digest.limitKeyHash(LimitKeys.invalid)
        }
    }

    /// Nil when this event's run is not one of a kind: the key is the bool false, or fails.
    func singleton(_ rule: SingletonRule) -> String? {
        guard let key = rule.key else { return "" }
        do {
            let value = try key.evaluateKey(scope)
            return value.isFalse ? nil : LimitKeys.kept(value.text)
        } catch {
            return nil
        }
    }

    /// How the start is held back, if it is. A schedule's tick belongs to no batch: its time is what it is about.
    func hold(_ flow: FlowControl) -> HoldPlan? {
        if let rule = flow.batch, event.name != InternalEvent.timer, holds(rule.condition) {
            return HoldPlan(kind: .batch, key: text(of: rule.key))
        }
        return flow.debounce.map { HoldPlan(kind: .debounce, key: text(of: $0.key)) }
    }

    /// What fails does not hold.
    private func holds(_ condition: Expression?) -> Bool {
        guard let condition else { return true }
        do {
            return try condition.evaluateCondition(scope)
        } catch {
            return false
        }
    }

    /// 0 for what is no whole number.
    func priority(_ expression: Expression?) -> Int {
        guard let expression else { return 0 }
        do {
            let seconds = try expression.evaluate(scope).integer ?? 0
            return Int(max(-Self.priorityMax, min(seconds, Self.priorityMax)))
        } catch {
            return 0
        }
    }
}
