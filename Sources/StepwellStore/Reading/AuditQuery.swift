package import StepwellModel

/// Which rows of the audit log a page shows.
package struct AuditQuery: Sendable, Hashable {
    /// Only this verb.
    package var verb: String?
    /// Recorded at this time or later.
    package var recordedFrom: Timestamp?
    /// Recorded before this time.
    package var recordedUntil: Timestamp?
    package var position: PagePosition

    package init(
        verb: String? = nil, recordedFrom: Timestamp? = nil, recordedUntil: Timestamp? = nil,
        position: PagePosition = PagePosition()
    ) {
        self.verb = verb
        self.recordedFrom = recordedFrom
        self.recordedUntil = recordedUntil
        self.position = position
    }
}
