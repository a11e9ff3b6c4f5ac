import StepwellModel
import Synchronization

/// What an entry of metadata does to those of its kind before it.
public enum MetadataOperation: String, Sendable, Hashable {
    /// Values replace those of the same name.
    case merge
    /// The values are all there are.
    case set
    /// The values of these names go.
    case delete
    /// Numbers are added to those of the same name.
    case add
}

/// What metadata are about.
public enum MetadataScope: Sendable, Hashable {
    /// The step whose body tells them.
    case step
    /// The run as a whole.
    case run
}

extension Step {
    /// Tells something of the step whose body calls this, or of its run, for people to see: figures, links, versions.
    ///
    /// ```swift
    /// try await step.run("import") {
    ///     let rows = try await table.load()
    ///     try step.addMetadata("rows", ["read": rows.count])
    /// }
    /// ```
    ///
    /// It is recorded with the step's result or error, so a body that is tried again tells it again: ``MetadataOperation/add``
    /// then counts twice. Of a step, and of a run as a whole, 64 KiB are kept; what comes beyond has no effect.
    ///
    /// - Parameters:
    ///   - kind: what it is about, 1…128 bytes; entries of one kind are put together.
    ///   - values: what to tell: a value that is written as a JSON object.
    ///   - operation: what it does to entries of this kind before it. Default: values replace those of the same name.
    ///   - scope: whether it is told of the step or of the run. Default: of the step.
    /// - Throws: ``StepwellError`` with code SW0237 outside of a step's body, for a kind that is empty or too long, and for
    ///   values that are no object or too large.
    public func addMetadata(
        _ kind: String, _ values: some Encodable, operation: MetadataOperation = .merge, to scope: MetadataScope = .step
    ) throws(StepwellError) {
        guard let own = StepScope.current, own.session === session else {
            throw StepwellError(
                .metadataRefused,
                "metadata '\(kind)' was told outside of a step's body, where it would be told again with every replay. Tell it "
                    + "inside one.")
        }
        guard !kind.isEmpty, kind.utf8.count <= MetadataLog.kindBytesMax else {
            throw StepwellError(
                .metadataRefused,
                "a kind of metadata has 1 to \(MetadataLog.kindBytesMax) bytes; '\(kind)' has \(kind.utf8.count)")
        }
        let values = try Self.encode(values, of: own.step.name)
        guard values.kind == .object else {
            throw StepwellError(
                .metadataRefused, "metadata '\(kind)' are written as \(values.text.prefix(80)); they must be an object")
        }
        let entry = MetadataLog.Entry(kind: kind, operation: operation, isOfRun: scope == .run, values: values)
        guard own.metadata.add(entry) else {
            throw StepwellError(
                .metadataRefused,
                "metadata '\(kind)' came after the step had ended, or are more than \(MetadataLog.bytesMax) bytes with what the "
                    + "step had told before. Keep large things elsewhere and tell where.")
        }
    }
}

/// What a step's body tells of itself while it runs.
final class MetadataLog: Sendable {
    struct Entry: Sendable {
        let kind: String
        let operation: MetadataOperation
        let isOfRun: Bool
        let values: RawJSON
    }

    private struct State {
        var entries: [Entry] = []
        var byteCount = 0
        var isClosed = false
    }

    /// Of a kind's name, in UTF-8.
    static let kindBytesMax = 128
    /// 64 KiB: PROTOCOL 7.1.
    static let bytesMax = 64 << 10

    private let state = Mutex(State())

    /// False for an entry that comes too late, or has no room.
    func add(_ entry: Entry) -> Bool {
        state.withLock { state in
            state.byteCount += entry.values.count + entry.kind.utf8.count
            guard !state.isClosed, state.byteCount <= Self.bytesMax else { return false }
            state.entries.append(entry)
            return true
        }
    }

    /// The entries as they are sent; nil for none. Later ones are refused.
    func close() -> RawJSON? {
        let entries = state.withLock { state in
            state.isClosed = true
            return state.entries
        }
        guard !entries.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            writer.member("kind", entry.kind)
            writer.member("scope", entry.isOfRun ? "run" : "step")
            writer.member("op", entry.operation.rawValue)
            writer.member("values", entry.values)
            writer.endObject()
        }
        writer.endArray()
        return writer.json
    }
}
