package import StepwellModel

/// Which events a page shows.
package struct EventQuery: Sendable, Hashable {
    /// Only events of this name.
    package var name: String?
    /// Whether the engine's own events (`inngest/…`) are among them.
    package var includesInternal: Bool
    /// Received at this time or later.
    package var receivedFrom: Timestamp?
    /// Received before this time.
    package var receivedUntil: Timestamp?
    package var position: PagePosition

    package init(
        name: String? = nil, includesInternal: Bool = true, receivedFrom: Timestamp? = nil,
        receivedUntil: Timestamp? = nil, position: PagePosition = PagePosition()
    ) {
        self.name = name
        self.includesInternal = includesInternal
        self.receivedFrom = receivedFrom
        self.receivedUntil = receivedUntil
        self.position = position
    }

    /// What the names of the engine's own events begin with.
    package static let internalPrefix = "inngest/"
}
