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

    /// A worker of which one function fails, and the other sleeps for an hour.
    private func startWorker(for server: ServerUnderTest) async throws -> (client: Client, worker: Worker) {
        let client = Client(
            id: "bulk", eventKey: ServerUnderTest.eventKey, signingKey: ServerUnderTest.signingKey, isDev: false,
            baseURL: server.address)
        let fail = Function("fail", on: Doomed.self, options: .init(retries: 0)) { _, _ -> Int in
            throw NonRetriableError("no")
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

    private func work(_ id: String, on server: ServerUnderTest) async throws -> (state: String, done: Int) {
        let work = try await server.get("/api/bulk/\(id)")
        return (work["state"] as? String ?? "", work["done"] as? Int ?? 0)
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

    @Test func `each failed run is repeated once, however often the server dies`() async throws {
        let server = try ServerUnderTest()
        defer { server.remove() }
        try await server.start()
        let (client, worker) = try await startWorker(for: server)
        for number in 0..<Self.count { _ = try await client.send(Doomed(number: number)) }
        try await wait(for: Self.count, "failed", on: server)
        let begun = try await server.post(
            "/api/bulk", #"{"action":"rerun","filter":{"function":"bulk-fail"},"rate":150}"#)
        let id = try #require(begun["id"] as? String)
        let kills = try await killUntilDone(id, server)
        #expect(kills > 0)
        #expect(try await work(id, on: server).done == Self.count)
        try await wait(for: 2 * Self.count, "failed", on: server)
        var originals: [String] = []
        var cursor = ""
        repeat {
            let page = try await server.get("/api/runs?function=bulk-fail&limit=100\(cursor)")
            for run in page["data"] as? [[String: Any]] ?? [] {
                if let original = run["original_run_id"] as? String { originals.append(original) }
            }
            cursor = (page["next"] as? String).map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(originals.count == Self.count)
        #expect(Set(originals).count == Self.count)
        await worker.stop()
        print("\(Self.count) failed runs, \(kills) kills, \(originals.count) repeated")
    }

    @Test func `every sleeping run is cancelled, however often the server dies`() async throws {
        let server = try ServerUnderTest()
        defer { server.remove() }
        try await server.start()
        let (client, worker) = try await startWorker(for: server)
        for number in 0..<Self.count { _ = try await client.send(Sleepy(number: number)) }
        try await wait(for: Self.count, "running", on: server)
        let begun = try await server.post(
            "/api/bulk", #"{"action":"cancel","filter":{"function":"bulk-nap"},"rate":150}"#)
        let id = try #require(begun["id"] as? String)
        let kills = try await killUntilDone(id, server)
        #expect(kills > 0)
        #expect(try await work(id, on: server).done == Self.count)
        try await wait(for: Self.count, "cancelled", on: server)
        await worker.stop()
    }
}
