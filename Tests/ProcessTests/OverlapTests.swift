import Foundation
import Stepwell
import Synchronization
import Testing

struct Slow: Event {
    static let name = "test/slow"
    var number: Int
}

/// Calls that outlive the server that made them: the next one does not know of them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct OverlapTests {
    /// How many bodies run at once.
    private final class Overlap: Sendable {
        private struct State {
            var begun = 0
            var running = 0
            var most = 0
            var finished: Set<Int> = []
        }
        private let state = Mutex(State())

        func begin() {
            state.withLock {
                $0.begun += 1
                $0.running += 1
                $0.most = max($0.most, $0.running)
            }
        }

        func end() { state.withLock { $0.running -= 1 } }
        func finish(_ number: Int) { _ = state.withLock { $0.finished.insert(number) } }
        var most: Int { state.withLock { $0.most } }
        var begun: Int { state.withLock { $0.begun } }
        var finished: Int { state.withLock { $0.finished.count } }
    }

    private static let limit = 2
    private static let runs = 6

    /// Without the grace four run at once.
    @Test
    func `with a recovery grace a limit holds for bodies too, though the server is killed beside them`() async throws {
        let server = try ServerUnderTest()
        defer { server.remove() }
        let options = ["--recovery-grace", "2s"]
        try await server.start(options)
        let overlap = Overlap()
        let client = Client(
            id: "overlap", eventKey: ServerUnderTest.eventKey, signingKey: ServerUnderTest.signingKey, isDev: false,
            baseURL: server.address)
        let slow = Function("slow", on: Slow.self, options: .init(concurrency: .limit(Self.limit))) { event, step in
            try await step.run("body") {
                overlap.begin()
                defer { overlap.end() }
                try await Task.sleep(for: .milliseconds(800))
            }
            overlap.finish(event.data.number)
        }
        let worker = try App(client: client, functions: [slow]).start(port: 0)
        while (try await server.get("/api/functions")["data"] as? [Any] ?? []).isEmpty {
            try await Task.sleep(for: .milliseconds(10))
        }
        try await client.send((0..<Self.runs).map { OutgoingEvent(Slow(number: $0)) })
        for _ in 0..<2 {
            // In the middle of bodies, which go on.
            let before = overlap.begun
            while overlap.begun < before + Self.limit { try await Task.sleep(for: .milliseconds(5)) }
            server.kill()
            try await server.start(options)
        }
        for _ in 0..<1_200 where overlap.finished < Self.runs { try await Task.sleep(for: .milliseconds(50)) }
        await worker.stop()
        #expect(overlap.finished == Self.runs)
        #expect(overlap.most == Self.limit)
    }
}
