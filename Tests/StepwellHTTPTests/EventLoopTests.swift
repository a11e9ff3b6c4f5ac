import Synchronization
import Testing

@testable import StepwellHTTP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

struct EventLoopTests {
    @Test func `posts of one thread run in order, all on the loop's thread`() async throws {
        let loop = try EventLoop()
        defer { loop.stop() }
        let seen = Mutex<[Int]>([])
        let note = { @Sendable (index: Int) in seen.withLock { $0.append(loop.isInLoop ? index : -1) } }
        #expect(!loop.isInLoop)
        await withCheckedContinuation { continuation in
            for index in 0..<10_000 { loop.post { note(index) } }
            loop.post { continuation.resume() }
        }
        #expect(seen.withLock { $0 } == Array(0..<10_000))
    }

    @Test func `posts of many threads all run`() async throws {
        let loop = try EventLoop()
        defer { loop.stop() }
        let count = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        for _ in 0..<10_000 { loop.post { count.add(1) } }
                        loop.post { continuation.resume() }
                    }
                }
            }
        }
        #expect(count.value == 80_000)
    }

    @Test
    func
        `what is put off to the end of a turn runs once, behind the rest of the turn, though nothing else wakes the loop`()
        async throws
    {
        let loop = try EventLoop()
        defer { loop.stop() }
        let seen = Mutex<[String]>([])
        let note = { @Sendable (what: String) in seen.withLock { $0.append(what) } }
        await withCheckedContinuation { continuation in
            loop.post {
                loop.atTurnEnd { note("end of a post's turn") }
                note("post")
            }
            loop.schedule(after: .milliseconds(20)) {
                loop.atTurnEnd {
                    note("end of a timer's turn")
                    loop.atTurnEnd { continuation.resume() }
                }
                note("timer")
            }
        }
        #expect(seen.withLock { $0 } == ["post", "end of a post's turn", "timer", "end of a timer's turn"])
    }

    @Test(arguments: [0, 1, 7, 50]) func `a timer never fires early`(milliseconds: Int) async throws {
        let loop = try EventLoop()
        defer { loop.stop() }
        for _ in 0..<5 {
            let begin = ContinuousClock.now
            await withCheckedContinuation { continuation in
                loop.schedule(after: .milliseconds(milliseconds)) { continuation.resume() }
            }
            #expect(ContinuousClock.now - begin >= .milliseconds(milliseconds))
        }
    }

    @Test func `timers fire in the order of their times`() async throws {
        let loop = try EventLoop()
        defer { loop.stop() }
        let seen = Mutex<[Int]>([])
        let note = { @Sendable (index: Int) in seen.withLock { $0.append(index) } }
        await withCheckedContinuation { continuation in
            for index in [30, 10, 20] { loop.schedule(after: .milliseconds(index)) { note(index) } }
            loop.schedule(after: .milliseconds(60)) { continuation.resume() }
        }
        #expect(seen.withLock { $0 } == [10, 20, 30])
    }

    @Test func `a cancelled timer does not fire`() async throws {
        let loop = try EventLoop()
        defer { loop.stop() }
        let fired = Counter()
        let timers = (0..<100).map { _ in
            loop.schedule(after: .milliseconds(20)) { fired.add(1) }
        }
        for timer in timers { timer.cancel() }
        await withCheckedContinuation { continuation in
            loop.schedule(after: .milliseconds(40)) { continuation.resume() }
        }
        #expect(fired.value == 0)
    }

    @Test func `a stop runs what was posted before and refuses what comes after`() throws {
        let loop = try EventLoop()
        let count = Counter()
        for _ in 0..<100 { loop.post { count.add(1) } }
        loop.schedule(after: .seconds(3_600)) { count.add(1_000) }
        loop.stop()
        loop.stop()
        #expect(count.value == 100)
        #expect(!loop.post { count.add(1) })
        #expect(count.value == 100)
    }

    @Test func `a loop can be stopped from its own thread`() async throws {
        let loop = try EventLoop()
        await withCheckedContinuation { continuation in
            loop.post {
                loop.stop()
                continuation.resume()
            }
        }
        #expect(!loop.post {})
    }

    @Test func `a stopped loop is freed`() throws {
        weak var freed: EventLoop?
        do {
            let loop = try EventLoop()
            freed = loop
            loop.schedule(after: .seconds(3_600)) {}
            loop.stop()
        }
        #expect(freed == nil)
    }

    @Test func `a deadline moves with every change and passes once`() async throws {
        let loop = try EventLoop()
        defer { loop.stop() }
        let begin = ContinuousClock.now
        let passed = await withCheckedContinuation { continuation in
            loop.post {
                let deadline = DeadlineTimer(loop: loop) { continuation.resume(returning: ContinuousClock.now) }
                deadline.set(after: 10)
                deadline.set(after: 5_000)
                deadline.clear()
                deadline.set(after: 60)
                // The timer keeps the deadline alive only as long as somebody holds it.
                loop.schedule(after: .seconds(10)) { [deadline = Confined(deadline)] in deadline.value.close() }
            }
        }
        // A deadline is counted in the loop's whole milliseconds, from the time at which its turn began.
        #expect(passed - begin >= .milliseconds(58))
        #expect(passed - begin < .seconds(4))
    }

    /// A loop's object carried through a closure that runs on the same loop.
    private final class Confined<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    @Test func `an idle server and client sleep`() async throws {
        let server = try TestServer()
        let client = try TestClient()
        let request = HTTPClientRequest(method: .get, url: try server.url())
        _ = try await client.client.response(to: request)
        let threads = [try await threadID(of: server.loop), try await threadID(of: client.loop)]
        let before = try threads.map(switches)
        usleep(500_000)
        // One look later than half a second ago: the loops have not run at all, though a connection is open.
        #expect(try threads.map(switches) == before)
    }

    /// The loop's thread as a path below /proc.
    private func threadID(of loop: EventLoop) async throws -> String {
        await withCheckedContinuation { continuation in
            loop.post {
                var path = [CChar](repeating: 0, count: 100)
                let count = readlink("/proc/thread-self", &path, 100)
                let bytes = path[..<max(0, count)].map { UInt8(bitPattern: $0) }
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    private func switches(of thread: String) throws -> String {
        usleep(50_000)
        let file = try #require(fopen("/proc/\(thread)/status", "r"))
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 200)
        while fgets(&line, 200, file) != nil {
            let text = line.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
            if text.hasPrefix("voluntary_ctxt_switches") { return text }
        }
        throw NeverHappened(what: "voluntary_ctxt_switches")
    }
}
