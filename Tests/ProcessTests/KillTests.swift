import Foundation
import Stepwell
import Synchronization
import Testing

struct Work: Event {
    static let name = "test/work"
    var number: Int
}

/// The real binary, killed with -9 at random instants while it works. `STEPWELL_KILLS=n` sets the number of rounds.
@Suite(.serialized, .timeLimit(.minutes(10))) struct KillTests {
    private static var rounds: Int {
        ProcessInfo.processInfo.environment["STEPWELL_KILLS"].flatMap { Int($0) } ?? 30
    }

    /// Sends numbered events one after the other, and keeps those that were acknowledged.
    private final class Sender: Sendable {
        /// By number, the id that the server gave the event; empty when it was sent more than once, and the run may
        /// belong to the one whose acknowledgement was lost.
        private let acknowledged = Mutex<[Int: String]>([:])
        private let isDone = Mutex(false)

        var events: [Int: String] { acknowledged.withLock { $0 } }
        func stop() { isDone.withLock { $0 = true } }

        func run(_ client: Client, first: Int, step: Int) async {
            var number = first
            var isRepeated = false
            while !isDone.withLock({ $0 }) {
                do {
                    let id = try await client.send(Work(number: number), id: "work-\(number)")
                    acknowledged.withLock { $0[number] = isRepeated ? "" : id }
                    number += step
                    isRepeated = false
                } catch {
                    // The server is down, and what became of the event is unknown: its id makes it safe to send again.
                    isRepeated = true
                    try? await Task.sleep(for: .milliseconds(20))
                }
                try? await Task.sleep(for: .milliseconds(4))
            }
        }
    }

    private func job(_ log: WorkerLog) -> Function<Work, Int> {
        Function("job", on: Work.self, options: .init(retries: 3)) { event, step in
            let number = event.data.number
            for name in ["reserve", "charge", "notify"] {
                _ = try await step.run(name) {
                    log.begin(number, name)
                    return number
                }
                log.acknowledge(number, name)
            }
            log.finish(number)
            return number
        }
    }

    @Test func `nothing that was acknowledged is lost, and nothing acknowledged runs again`() async throws {
        let server = try ServerUnderTest()
        defer { server.remove() }
        try await server.start()
        let log = WorkerLog()
        let client = Client(
            id: "kill", eventKey: ServerUnderTest.eventKey, signingKey: ServerUnderTest.signingKey, isDev: false,
            baseURL: server.address)
        let worker = try App(client: client, functions: [job(log)]).start(port: 0)
        let senders = (0..<2).map { _ in Sender() }
        let sending = senders.enumerated().map { place, sender in
            Task { await sender.run(client, first: place, step: 2) }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<Self.rounds {
            try await Task.sleep(for: .milliseconds(Int.random(in: 30...350, using: &random)))
            log.noteKill()
            server.kill()
            try await server.start()
        }
        for sender in senders { sender.stop() }
        for task in sending { await task.value }
        let events = senders.reduce(into: [Int: String]()) { $0.merge($1.events) { first, _ in first } }
        try await waitForEnd(of: events, log)
        await worker.stop()
        #expect(log.violations.isEmpty, "\(log.violations.prefix(5))")
        #expect(log.repeats <= log.inFlightAtKills)
        print(
            "\(Self.rounds) kills, \(events.count) events acknowledged, 0 lost, \(log.repeats) step bodies repeated, \(log.inFlightAtKills) in flight at the kills"
        )
        try await checkRuns(of: events, on: server)
    }

    private func waitForEnd(of events: [Int: String], _ log: WorkerLog) async throws {
        for _ in 0..<1_200 where log.finishedCount < events.count { try await Task.sleep(for: .milliseconds(50)) }
        #expect(log.finishedCount >= events.count, "\(events.count - log.finishedCount) runs have not ended")
        #expect(events.count > Self.rounds)
    }

    /// A sample of the acknowledged events is asked for by name: each has its one run, with all its results.
    private func checkRuns(of events: [Int: String], on server: ServerUnderTest) async throws {
        for id in events.values.filter({ !$0.isEmpty }).prefix(50) {
            let runs = try await server.get("/api/events/\(id)/runs")["data"] as? [[String: Any]] ?? []
            #expect(runs.count == 1, "event \(id) has \(runs.count) runs")
            #expect(runs.first?["status"] as? String == "completed")
        }
    }
}
