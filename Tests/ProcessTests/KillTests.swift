import Foundation
import Stepwell
import Synchronization
import Testing

struct Work: Event {
    static let name = "test/work"
    var number: Int
}

struct Asked: Event {
    static let name = "test/asked"
    var number: Int
}

struct Answered: Event {
    static let name = "test/answered"
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

    /// A run of every kind of step: one after the other, in parallel, a sleep, a wait that another function ends, an
    /// invocation.
    private func functions(_ log: WorkerLog) -> [any DurableFunction] {
        let price = Function("price", input: Work.self) { event, step in
            let number = event.data.number
            return try await step.run("price") {
                log.begin(number, "price")
                return number
            }
        }
        let answer = Function("answer", on: Asked.self, options: .init(retries: 3)) { event, step in
            try await step.send("answer", Answered(number: event.data.number))
        }
        let job = Function("job", on: Work.self, options: .init(retries: 3)) { event, step in
            let number = event.data.number
            @Sendable func body(_ name: String) async throws {
                _ = try await step.run(name) {
                    log.begin(number, name)
                    return number
                }
                log.acknowledge(number, name)
            }
            try await body("reserve")
            async let left: Void = body("left")
            async let right: Void = body("right")
            _ = try await (left, right)
            try await step.sleep("rest", for: .milliseconds(20))
            async let reply = step.waitForEvent(
                "reply", on: Answered.self, match: "data.number", timeout: .seconds(3_600))
            async let asked = step.send("ask", Asked(number: number))
            _ = try await asked
            guard try await reply != nil else { throw NonRetriableError("nobody answered") }
            _ = try await step.invoke("price", price, with: event.data, timeout: .seconds(3_600))
            log.acknowledge(number, "price")
            try await body("notify")
            log.finish(number)
            return number
        }
        return [price, answer, job]
    }

    @Test func `nothing that was acknowledged is lost, and nothing acknowledged runs again`() async throws {
        let server = try ServerUnderTest()
        defer { server.remove() }
        try await server.start()
        let log = WorkerLog()
        let client = Client(
            id: "kill", eventKey: ServerUnderTest.eventKey, signingKey: ServerUnderTest.signingKey, isDev: false,
            baseURL: server.address)
        let worker = try App(client: client, functions: functions(log)).start(port: 0)
        // An event that comes before its function is registered starts nothing.
        while (try await server.get("/api/functions")["data"] as? [Any] ?? []).isEmpty {
            try await Task.sleep(for: .milliseconds(10))
        }
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
        try await checkRuns(of: events, on: server)
        let lost = Set(events.keys).subtracting(log.finished).count
        print(
            "\(Self.rounds) kills, \(events.count) events acknowledged, \(lost) lost, \(log.repeats) step bodies repeated, "
                + "\(log.inFlightAtKills) in flight at the kills")
    }

    private func waitForEnd(of events: [Int: String], _ log: WorkerLog) async throws {
        let sent = Set(events.keys)
        for _ in 0..<1_200 where !sent.isSubset(of: log.finished) { try await Task.sleep(for: .milliseconds(50)) }
        let lost = sent.subtracting(log.finished)
        #expect(lost.isEmpty, "\(lost.count) runs have not ended, such as \(lost.prefix(5))")
        #expect(events.count > Self.rounds)
    }

    /// Each event is asked for by name: it has its one run of the job, with all its results.
    private func checkRuns(of events: [Int: String], on server: ServerUnderTest) async throws {
        for id in events.values where !id.isEmpty {
            let runs = try await server.get("/api/events/\(id)/runs")["data"] as? [[String: Any]] ?? []
            #expect(runs.count == 1, "event \(id) has \(runs.count) runs")
            #expect(runs.first?["status"] as? String == "completed")
        }
    }
}
