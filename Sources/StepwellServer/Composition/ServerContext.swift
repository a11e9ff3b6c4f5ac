import StepwellEngine
import StepwellHTTP
import StepwellStore
import StepwellWire

/// What the routes share.
package final class ServerContext: Sendable {
    package let configuration: ServerConfiguration
    package let engine: Engine
    /// For queries; blocks, so it is used through ``read(_:)``.
    package let reader: any StoreReader
    package let kind: ServerKind
    package let ids: IDSource
    package let changes: RunChanges
    let access: AccessRules
    let readers: ReadThreads

    init(
        configuration: ServerConfiguration, engine: Engine, reader: any StoreReader, kind: ServerKind, ids: IDSource,
        changes: RunChanges, access: AccessRules, readers: ReadThreads
    ) {
        self.configuration = configuration
        self.engine = engine
        self.reader = reader
        self.kind = kind
        self.ids = ids
        self.changes = changes
        self.access = access
        self.readers = readers
    }

    package var log: ServerLog { configuration.log }

    /// Runs `query` on a thread that may block. From any thread; the exchange may be answered from inside.
    package func read(_ query: @escaping @Sendable (any StoreReader) -> Void) {
        readers.run { [reader] in query(reader) }
    }
}
