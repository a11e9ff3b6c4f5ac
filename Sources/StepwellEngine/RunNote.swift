import Glibc
import StepwellCore
import StepwellModel

/// Which run the engine has in hand, in a file that outlives the process whatever kills it.
///
/// The file is mapped: a note costs one store to memory and no system call. A start that finds a run noted counts it; the
/// count starts anew when another run is found, or none.
///
/// `@unchecked Sendable`: used by the engine's thread alone, and before it starts by the one that opens.
final class RunNote: @unchecked Sendable {
    /// Starts in a row that end in the same run's hands before it is given up.
    static let deathsMax = 3

    private struct Content {
        var inHand: Int64
        var suspect: Int64
        var deaths: Int64
    }

    private let content: UnsafeMutablePointer<Content>
    /// The run that must not be worked on again.
    let poison: RunKey?

    init(path: String) throws(EngineError) {
        let size = MemoryLayout<Content>.size
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw EngineError("SW0302: \(path) cannot be opened: error \(errno)") }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(size)) == 0,
            let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
        else { throw EngineError("SW0302: \(path) cannot be mapped: error \(errno)") }
        content = memory.bindMemory(to: Content.self, capacity: 1)
        poison = Self.countDeath(content)
    }

    deinit { munmap(content, MemoryLayout<Content>.size) }

    /// Takes a note that was left by a process that died into account.
    private static func countDeath(_ content: UnsafeMutablePointer<Content>) -> RunKey? {
        let found = content.pointee.inHand
        content.pointee.inHand = 0
        guard found != 0 else {
            content.pointee.suspect = 0
            content.pointee.deaths = 0
            return nil
        }
        content.pointee.deaths = content.pointee.suspect == found ? content.pointee.deaths + 1 : 1
        content.pointee.suspect = found
        return content.pointee.deaths >= Int64(deathsMax) ? RunKey(found) : nil
    }

    func set(_ run: RunKey) { content.pointee.inHand = run.value }

    /// What was in hand is done, and the process lives.
    func clear() { content.pointee.inHand = 0 }

    /// What the run ends with.
    static let error = ErrorObject.json(
        name: "StepwellQuarantined",
        message:
            "SW0303: the server died \(deathsMax) times in a row while it worked on this run, so the run was ended. "
            + "Nothing more of it will be done; please report it with the server's log.")
}
