import StepwellModel

/// What an entry of metadata does to those of its kind before it. The numbers are stored.
package enum MetadataOperation: UInt8, Sendable, Hashable, CaseIterable {
    /// Members replace those of the same name.
    case merge = 0
    /// The members are all there are.
    case set = 1
    /// The members of these names go.
    case delete = 2
    /// Numbers are added to those of the same name.
    case add = 3
}

/// Something that is told of a step or of a run as a whole. Entries are only ever added: what they come to together is worked
/// out when somebody looks.
package struct MetadataRow: Sendable, Hashable {
    package var runKey: RunKey
    /// From 0, in the order in which they came.
    package var position: Int
    /// The SDK's hashed id of the step; nil for the run.
    package var stepID: String?
    package var kind: String
    package var operation: MetadataOperation
    package var recordedAt: Timestamp
    /// An object.
    package var values: RawJSON

    package init(
        runKey: RunKey, position: Int, stepID: String?, kind: String, operation: MetadataOperation,
        recordedAt: Timestamp, values: RawJSON
    ) {
        self.runKey = runKey
        self.position = position
        self.stepID = stepID
        self.kind = kind
        self.operation = operation
        self.recordedAt = recordedAt
        self.values = values
    }

    /// What it counts for in the limits: what it says, and something for the row.
    package var cost: Int { values.count + kind.utf8.count + MetadataTally.rowCost }
}

/// How much metadata a run has, all told. Source of the limits: PROTOCOL, section 7.1.
package struct MetadataTally: Sendable, Hashable {
    package static let rowCost = 64
    /// 64 KiB for a step, or for the run as a whole.
    package static let spanBytesMax = 64 << 10
    /// 1 MiB for a run with all its steps.
    package static let runBytesMax = 1 << 20

    package var count = 0
    package var bytes = 0
    /// By hashed step id; the empty text stands for the run.
    package var spans: [String: Int] = [:]

    package init() {}

    /// Takes a row into account.
    package mutating func add(stepID: String?, cost: Int) {
        count += 1
        bytes += cost
        spans[stepID ?? "", default: 0] += cost
    }

    /// Whether so much more fits.
    func hasRoom(forStep stepID: String?, cost: Int) -> Bool {
        bytes + cost <= Self.runBytesMax && spans[stepID ?? "", default: 0] + cost <= Self.spanBytesMax
    }
}
