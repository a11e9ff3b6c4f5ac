import StepwellExpressions
import StepwellModel

/// What an event must be like to end a wait: a name, at best one equality that a hash table can find, and the rest.
package struct WaitPlan: Sendable {
    package var eventName: String
    /// The equality: the value at `path` in the event has this digest.
    package var path: [String]?
    package var digest: Digest?
    /// What must hold beside it.
    package var residual: Expression?
    /// No event can ever match.
    package var isImpossible: Bool

    package init(
        eventName: String, path: [String]? = nil, digest: Digest? = nil, residual: Expression? = nil,
        isImpossible: Bool = false
    ) {
        self.eventName = eventName
        self.path = path
        self.digest = digest
        self.residual = residual
        self.isImpossible = isImpossible
    }
}

extension WaitPlan {
    /// The plan of a wait for `eventName` with an expression over `event`, the run's, and `async`, the one that comes.
    ///
    /// The run's event is frozen into the expression now. Source: PROTOCOL, section 4.2.
    ///
    /// - Throws: ``ExpressionError`` when the expression cannot be parsed or names what there is not.
    package init(
        eventName: String, expression: String?, event: EventView, now: Timestamp
    ) throws(ExpressionError) {
        guard let expression, !expression.isEmpty else {
            self.init(eventName: eventName)
            return
        }
        let parsed = try Expression(parsing: expression)
        try parsed.check(variables: ["event", "async", "vars"])
        self.init(eventName: eventName, condition: parsed, event: event, now: now)
    }

    /// As ``init(eventName:expression:event:now:)`` with an expression that was parsed and checked before.
    package init(eventName: String, condition: Expression?, event: EventView, now: Timestamp) {
        self.init(eventName: eventName)
        guard let condition else { return }
        let frozen = condition.interpolated(event: event.value, now: now)
        isImpossible = frozen.isLiterallyFalse
        if let key = frozen.indexKey(), let digest = Digest(equalityValue: key.value) {
            path = key.path
            self.digest = digest
            residual = key.residual
        } else {
            residual = frozen
        }
    }
}
