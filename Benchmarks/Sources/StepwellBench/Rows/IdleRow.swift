import Glibc

/// A server that has nothing to do.
enum IdleRow {
    static func measure(_ settings: BenchSettings) async throws -> [Figure] {
        let server = try ServerProcess(settings, name: "idle")
        defer { server.remove() }
        try server.start()
        // What the start itself leaves to be done.
        usleep(500_000)
        let facts = try server.facts()
        let syncsBefore = server.syncs.count
        let switchesBefore = try facts.voluntarySwitches()
        usleep(UInt32(settings.idleSeconds * 1e6))
        let switches = try facts.voluntarySwitches() - switchesBefore
        return [
            Figure("idle.syncs", Double(server.syncs.count - syncsBefore), "syncs", atMost: 0),
            Figure("idle.switches", Double(switches), "switches", atMost: 5),
            Figure("idle.resident", try facts.residentMegabytes(), "MB", atMost: 40),
            Figure("idle.seconds", settings.idleSeconds, "s", better: .higher),
        ]
    }
}
