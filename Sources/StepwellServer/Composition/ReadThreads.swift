import StepwellHTTP
import Synchronization

/// Threads on which queries may block, so that no connection waits for a disk.
final class ReadThreads: Sendable {
    private let loops: [EventLoop]
    private let next = Atomic<Int>(0)

    init(count: Int) throws(EventLoopError) {
        var loops: [EventLoop] = []
        for _ in 0..<count { loops.append(try EventLoop()) }
        self.loops = loops
    }

    func run(_ work: @escaping @Sendable () -> Void) {
        loops[next.add(1, ordering: .relaxed).oldValue % loops.count].post(work)
    }

    func stop() {
        for loop in loops { loop.stop() }
    }
}
