import Glibc

/// A thread of our own for work that blocks: the ones that tasks share are few, and the worker's functions need them.
struct OwnThread: Sendable {
    private let id: pthread_t

    init(_ body: @escaping @Sendable () -> Void) throws {
        let box = Unmanaged.passRetained(Body(body))
        var id = pthread_t()
        let result = pthread_create(
            &id, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard result == 0 else { throw BenchFailure("there is no thread: \(String(cString: strerror(result)))") }
        self.id = id
    }

    func join() { pthread_join(id, nil) }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
