import Glibc
import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellStore
import StepwellWire
import Synchronization
import Testing

@testable import StepwellHTTP
@testable import StepwellServer

/// What tells whether a server is there and well.
@Suite(.timeLimit(.minutes(3)))
struct StatusTests {
    @Test func `a server that gets on with its work is healthy`() async throws {
        let answer = try await TestBed(.start).ask(.get, "/health")
        #expect(answer.status == 200)
        #expect(answer.json.slice["status"]?.integer == 200)
        #expect(answer.json.slice["message"]?.string == "OK")
    }

    @Test func `a server whose disk is full is not healthy, and refuses events until there is room`() async throws {
        let store = FullStore()
        let bed = try TestBed(store: store, reader: store.inner)
        store.isFull.store(true, ordering: .releasing)
        defer { store.isFull.store(false, ordering: .releasing) }
        let client = bed.client
        let url = try HTTPURL(bed.server.url + "/e/key")
        let body = Array(#"{"name":"a"}"#.utf8)
        // This one is in the batch that does not fit: it is answered when it is durable, and not before.
        async let withheld = client.response(to: HTTPClientRequest(method: .post, url: url, body: body))
        await store.troubledOnce()
        let sick = try await bed.ask(.get, "/health")
        #expect(sick.status == 503 && sick.text.contains("SW0410") && sick.text.contains("no space"))
        let refused = try await bed.ask(.post, "/e/key", body: #"{"name":"b"}"#)
        #expect(refused.status == 503 && refused.json.slice["status"]?.integer == 503)
        store.isFull.store(false, ordering: .releasing)
        #expect(try await withheld.status == 200)
        #expect(try await bed.ask(.get, "/health").status == 200)
        #expect(try bed.reader.events(EventQuery()).rows.map(\.name) == ["a"])
    }

    @Test func `while the disk is slow, no more is read than may wait for it, and nothing is dropped`() async throws {
        let store = FullStore()
        let bed = try TestBed(store: store, reader: store.inner) { $0.eventBytesInFlightMax = 4_000 }
        store.isSlow.store(true, ordering: .releasing)
        // Whatever fails here, the disk must not hold up the server's end.
        defer { store.isSlow.store(false, ordering: .releasing) }
        let url = try HTTPURL(bed.server.url + "/e/key")
        let body = Array(#"{"name":"a","data":{"x":"\#(String(repeating: "x", count: 1_000))"}}"#.utf8)
        let answers = AsyncStream.makeStream(of: Int?.self)
        for _ in 0..<40 {
            bed.client.send(HTTPClientRequest(method: .post, url: url, body: body)) { result in
                answers.continuation.yield(try? result.get().status.code)
            }
        }
        try await until { bed.server.edge.readingPaused }
        // What needs no disk is not answered either: nobody accepts or reads.
        var root = HTTPClientRequest(method: .get, url: try HTTPURL(bed.server.url + "/"))
        root.timeout = .milliseconds(300)
        await #expect(throws: HTTPClientError.timeout) { _ = try await bed.client.response(to: root) }
        store.isSlow.store(false, ordering: .releasing)
        var statuses: [Int?] = []
        for await status in answers.stream {
            statuses.append(status)
            if statuses.count == 40 { break }
        }
        #expect(statuses == [Int?](repeating: 200, count: 40))
        #expect(try bed.reader.events(EventQuery(position: PagePosition(limit: 100))).rows.count == 40)
        #expect(try await bed.ask(.get, "/health").status == 200)
    }

    @Test func `SDKs find a dev server by its info, and no other`() async throws {
        let worker = try ScriptedWorker()
        let bed = try TestBed()
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let info = try await bed.ask(.get, "/dev")
        #expect(info.status == 200 && info.headers[Header.serverKind] == "dev")
        #expect(info.json.slice["functions"]?.elements?.first?["slug"]?.string == "app-fn")
        let start = try await TestBed(.start).ask(.get, "/dev")
        #expect(start.status == 404 && start.headers[Header.serverKind] == "cloud")
    }

    @Test func `the root says what this is`() async throws {
        let answer = try await TestBed().ask(.get, "/")
        #expect(answer.status == 200 && answer.text.contains("Stepwell"))
        #expect(answer.headers[Header.serverKind] == "dev")
    }

    @Test func `what is not there is refused as JSON, and so is a wrong method`() async throws {
        let bed = try TestBed()
        let missing = try await bed.ask(.get, "/nothing/here")
        #expect(missing.status == 404 && missing.json.slice["code"]?.string == "SW0404")
        #expect(missing.json.slice["status"]?.integer == 404)
        let method = try await bed.ask(.get, "/e/key")
        #expect(method.status == 405 && method.headers["Allow"] == "POST")
        #expect(method.headers[Header.serverKind] == "dev")
    }

    @Test func `dev takes the next port when its own is taken, start does not`() async throws {
        let first = try TestBed()
        let port = first.server.address.port
        let second = try TestBed { $0.port = port }
        #expect(second.server.address.port > port)
        let error = #expect(throws: ServerError.self) { _ = try TestBed(.start) { $0.port = port } }
        #expect(error?.code == .cannotListen)
    }

    @Test func `a server that stops gives calls under way their time`() async throws {
        let worker = try ScriptedWorker()
        let held = Held()
        let started = Occurrence()
        worker.takeOver { _, responder in
            held.keep(responder)
            started.happen()
        }
        let store = MemoryStore()
        let bed = try TestBed(store: store, reader: store)
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await bed.send(#"{"name":"a/b"}"#)
        try await started.happened()
        let stopping = try EventLoop()
        defer { stopping.stop() }
        async let stopped: Void = withCheckedContinuation { continuation in
            stopping.post {
                bed.server.stop(grace: .seconds(100))
                continuation.resume()
            }
        }
        try await until { try await bed.ask(.get, "/health").status != 200 }
        held.answerAll(with: .complete("1"))
        await stopped
        #expect(store.runs(RunQuery(event: event)).rows.first?.run.status == .completed)
        await #expect(throws: HTTPClientError.self) { _ = try await bed.ask(.get, "/health") }
    }
}

/// A memory store whose disk can be full or slow.
private final class FullStore: Store {
    let inner = MemoryStore()
    let isFull = Atomic<Bool>(false)
    /// A commit takes until it is not.
    let isSlow = Atomic<Bool>(false)
    private let troubles: AsyncStream<Void>
    private let noteTrouble: AsyncStream<Void>.Continuation

    init() { (troubles, noteTrouble) = AsyncStream.makeStream() }

    func troubledOnce() async { for await _ in troubles { return } }

    func open(partition: Int) throws(StoreError) -> OpenedPartition { try inner.open(partition: partition) }

    func recover(partition: Int, into sink: (RecoveredRow) -> Void) throws(StoreError) {
        try inner.recover(partition: partition, into: sink)
    }

    func commit(_ batch: Batch) throws(StoreError) {
        guard !isFull.load(ordering: .acquiring) else {
            defer { noteTrouble.yield() }
            throw StoreError(.full, "no space is left")
        }
        while isSlow.load(ordering: .acquiring) { usleep(1_000) }
        try inner.commit(batch)
    }

    func load(_ request: LoadRequest, partition: Int) throws(StoreError) -> LoadResult {
        try inner.load(request, partition: partition)
    }

    func close() { inner.close() }
}
