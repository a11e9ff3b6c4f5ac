import StepwellModel

/// Events of one name on their way to waits, the oldest first.
package struct DeliveriesRequest: Sendable, Hashable {
    package var name: String
    /// With a higher key than this one.
    package var after: EventKey
    /// How many at most; at least 1.
    package var limit: Int

    package init(name: String, after: EventKey, limit: Int) {
        self.name = name
        self.after = after
        self.limit = limit
    }

    /// No event is added to so many bytes.
    package static let payloadBytesMax = 256 << 10
}
