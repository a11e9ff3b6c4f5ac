import Synchronization

/// What happened, in order, told from any thread.
final class Journal: Sendable {
    private let state = Mutex<[String]>([])

    func note(_ entry: String) { state.withLock { $0.append(entry) } }

    var entries: [String] { state.withLock { $0 } }

    func count(of entry: String) -> Int { entries.count { $0 == entry } }
}
