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
    /// At most two.
    package var concurrency: [ConcurrencyRule]
    package var throttle: ThrottleRule?
    /// The configuration as it came.
    package var source: RawJSON

    package init(
        slug: String, id: UUIDBytes, name: String, url: String, attemptsMax: Int, triggers: [Trigger],
        concurrency: [ConcurrencyRule], throttle: ThrottleRule?, source: RawJSON
    ) {
        self.slug = slug
        self.id = id
        self.name = name
        self.url = url
        self.attemptsMax = attemptsMax
        self.triggers = triggers
        self.concurrency = concurrency
        self.throttle = throttle
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

/// At most `limit` calls at once for each value of `key`.
package struct ConcurrencyRule: Sendable {
    package var limit: Int
    package var key: Expression?

    package init(limit: Int, key: Expression?) {
        self.limit = limit
        self.key = key
    }
}

/// `limit + burst` starts at once, then one every `period / limit`, for each value of `key`.
package struct ThrottleRule: Sendable {
    package var limit: Int
    package var period: Milliseconds
    package var burst: Int
    package var key: Expression?

    package init(limit: Int, period: Milliseconds, burst: Int, key: Expression?) {
        self.limit = limit
        self.period = period
        self.burst = burst
        self.key = key
    }

    var emissionMicroseconds: Int64 { max(1, period.count * 1_000 / Int64(max(1, limit))) }
    /// How far the theoretical arrival time may run ahead of now; at most a thousand years.
    var toleranceMicroseconds: Int64 {
        let (count, hasOverflown) = Int64(limit).addingReportingOverflow(Int64(burst))
        let (span, isTooLong) = emissionMicroseconds.multipliedReportingOverflow(by: count)
        return hasOverflown || isTooLong ? Self.toleranceMax : min(span, Self.toleranceMax)
    }

    private static let toleranceMax: Int64 = 1_000 * 366 * 86_400 * 1_000_000
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

    /// What the limit keys are for an event. A key that fails counts as the text `<invalid>`, so the event is not lost.
    package func limitKeys(for event: EventView, now: Timestamp) -> LimitKeys {
        func value(_ key: Expression?) -> String? {
            guard let key else { return nil }
            do {
                return try key.evaluateKey(Scope(event: event.value, async: nil, now: now)).text
            } catch {
                return "<invalid>"
            }
        }
        if blueprint.concurrency.isEmpty && blueprint.throttle == nil { return .none }
        return LimitKeys(
            concurrency: blueprint.concurrency.map { value($0.key) },
            throttle: blueprint.throttle.flatMap { value($0.key) })
    }
}
