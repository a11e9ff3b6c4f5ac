import Foundation
import Stepwell
import Testing

struct Doomed: Event {
    static let name = "test/doomed"
    var number: Int
}

struct Sleepy: Event {
    static let name = "test/sleepy"
    var number: Int
}

/// Work on many runs by the real binary, killed with -9 while it goes on.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BulkKillTests {
    private static let count = 150

    /// A server and a worker with as many runs as wanted in a status.
    private struct Scene {
        let server: ServerUnderTest
        let client: Client
        let worker: Worker
    }

    /// Sets the scene, lets the work go on while the server is killed again and again, and looks at what has become of it.
    private func killing(
        _ work: String, in status: String, from event: some Event, _ judge: (Scene) async throws -> Void
    ) async throws {
        let server = try ServerUnderTest()
        defer { server.remove() }
        try await server.start()
        let (client, worker) = try await startWorker(for: server)
        for _ in 0..<Self.count { _ = try await client.send(event) }
        try await wait(for: Self.count, status, on: server)
        let begun = try await server.post("/api/bulk", work)
        let id = try #require(begun["id"] as? String, "\(begun)")
        let kills = try await killUntilDone(id, server)
        #expect(kills > 0)
        let ended = try await self.work(id, on: server)
        #expect((ended.found, ended.done) == (Self.count, Self.count))
        // Its end is written with its last runs, so the log has it once.
        let ends = try await server.get("/api/audit?verb=bulk.completed")["data"] as? [[String: Any]]
        #expect(ends?.compactMap { $0["target"] as? String } == [id])
        try await judge(Scene(server: server, client: client, worker: worker))
        await worker.stop()
    }

    /// A worker of which one function fails, and the other sleeps for an hour.
    private func startWorker(for server: ServerUnderTest) async throws -> (client: Client, worker: Worker) {
        let client = Client(
            id: "bulk", eventKey: ServerUnderTest.eventKey, signingKey: ServerUnderTest.signingKey, isDev: false,
            baseURL: server.address)
        let fail = Function("fail", on: Doomed.self, options: .init(retries: 0)) { _, step -> Int in
            let one = try await step.run("first") { 1 }
            return try await step.run("second") { throw NonRetriableError("no, after \(one)") }
        }
        let nap = Function("nap", on: Sleepy.self) { _, step in try await step.sleep("nap", for: .seconds(3_600)) }
        let worker = try App(client: client, functions: [fail, nap]).start(port: 0)
        while (try await server.get("/api/functions")["data"] as? [Any] ?? []).count < 2 {
            try await Task.sleep(for: .milliseconds(10))
        }
        return (client, worker)
    }

    /// How many runs there are in a status, once there are as many as wanted.
    private func wait(for wanted: Int, _ status: String, on server: ServerUnderTest) async throws {
        for _ in 0..<1_500 {
            let counts = try await server.get("/api/server")["runs"] as? [String: Int] ?? [:]
            if counts[status] ?? 0 >= wanted { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("there are not \(wanted) runs that are \(status)")
    }

    private func work(_ id: String, on server: ServerUnderTest) async throws -> (
        state: String, found: Int, done: Int
    ) {
        let work = try await server.get("/api/bulk/\(id)")
        return (work["state"] as? String ?? "", work["found"] as? Int ?? 0, work["done"] as? Int ?? 0)
    }

    /// Kills the server again and again until the work has ended.
    private func killUntilDone(_ id: String, _ server: ServerUnderTest) async throws -> Int {
        var kills = 0
        while try await work(id, on: server).state == "running" {
            if kills < 8 {
                try await Task.sleep(for: .milliseconds(Int.random(in: 5...250)))
                server.kill()
                kills += 1
                try await server.start()
            } else {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return kills
    }

    /// All rows of a list, page by page.
    private func rows(_ path: String, on server: ServerUnderTest) async throws -> [[String: Any]] {
        var rows: [[String: Any]] = []
        var cursor = ""
        repeat {
            let page = try await server.get("\(path)&limit=100\(cursor)")
            rows += page["data"] as? [[String: Any]] ?? []
            cursor = (page["next"] as? String).map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        return rows
    }

    private func expectOnceEach(_ originals: [String]) {
        #expect(originals.count == Self.count)
        #expect(Set(originals).count == Self.count)
    }

    @Test func `each failed run is repeated once, however often the server dies`() async throws {
        try await killing(
            #"{"action":"rerun","filter":{"function":"bulk-fail"},"rate":150}"#, in: "failed", from: Doomed(number: 1)
        ) { scene in
            try await wait(for: 2 * Self.count, "failed", on: scene.server)
            let runs = try await rows("/api/runs?function=bulk-fail", on: scene.server)
            expectOnceEach(runs.compactMap { $0["original_run_id"] as? String })
        }
    }

    @Test func `each failed run is repeated once from a step, with what it had before`() async throws {
        try await killing(
            #"{"action":"rerun","filter":{"function":"bulk-fail"},"from_step":{"step":"second"},"rate":150}"#,
            in: "failed", from: Doomed(number: 1)
        ) { scene in
            try await wait(for: 2 * Self.count, "failed", on: scene.server)
            let repeated = try await rows("/api/runs?function=bulk-fail", on: scene.server)
                .filter { $0["original_run_id"] is String }
            expectOnceEach(repeated.compactMap { $0["original_run_id"] as? String })
            for run in repeated.prefix(5) {
                let steps = try await scene.server.get("/api/runs/\(run["id"] ?? "")")["steps"] as? [[String: Any]]
                #expect(steps?.first?["name"] as? String == "first")
            }
        }
    }

    @Test func `every sleeping run is cancelled, however often the server dies`() async throws {
        try await killing(
            #"{"action":"cancel","filter":{"function":"bulk-nap"},"rate":150}"#, in: "running", from: Sleepy(number: 1)
        ) { scene in
            try await wait(for: Self.count, "cancelled", on: scene.server)
        }
    }

    @Test func `each event is sent again once, however often the server dies`() async throws {
        try await killing(
            #"{"action":"resend","filter":{"event":"test/doomed"},"rate":150}"#, in: "failed", from: Doomed(number: 1)
        ) { scene in
            try await wait(for: 2 * Self.count, "failed", on: scene.server)
            var originals: [String] = []
            for event in try await rows("/api/events?name=test/doomed", on: scene.server) {
                let shown = try await scene.server.get("/api/events/\(event["id"] ?? "")")
                if let original = shown["original_event_id"] as? String { originals.append(original) }
            }
            expectOnceEach(originals)
        }
    }
}
