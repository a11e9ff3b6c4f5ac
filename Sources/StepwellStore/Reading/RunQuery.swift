package import StepwellCore
package import StepwellModel

/// Which runs a page shows. All conditions must hold; one that is nil holds always.
package struct RunQuery: Sendable, Hashable {
    /// Started by this event.
    package var event: ULID?
    /// Of one of the functions with these slugs.
    package var functions: Set<String>?
    /// Of a function of the app with this name.
    package var app: String?
    package var statuses: Set<RunStatus>?
    /// Queued at this time or later.
    package var queuedFrom: Timestamp?
    /// Queued before this time.
    package var queuedUntil: Timestamp?
    /// Whether the rows have their outputs, which may be large.
    package var includesOutput: Bool
    package var position: PagePosition

    package init(
        event: ULID? = nil, functions: Set<String>? = nil, app: String? = nil, statuses: Set<RunStatus>? = nil,
        queuedFrom: Timestamp? = nil, queuedUntil: Timestamp? = nil, includesOutput: Bool = false,
        position: PagePosition = PagePosition()
    ) {
        self.event = event
        self.functions = functions
        self.app = app
        self.statuses = statuses
        self.queuedFrom = queuedFrom
        self.queuedUntil = queuedUntil
        self.includesOutput = includesOutput
        self.position = position
    }
}
