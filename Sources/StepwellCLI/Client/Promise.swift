import Glibc
import Synchronization

/// A value that another thread will give, for a thread that has nothing else to do than wait.
///
/// `@unchecked Sendable`: the value is synchronised, and a POSIX semaphore may be used from any thread.
final class Promise<Value: Sendable>: @unchecked Sendable {
    private let value = Mutex<Value?>(nil)
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// To be called once.
    func fulfil(_ given: Value) {
        value.withLock { $0 = given }
        sem_post(semaphore)
    }

    /// To be called once.
    func wait() -> Value {
        while true {
            while sem_wait(semaphore) != 0 {}
            if let given = value.withLock({ $0 }) { return given }
        }
    }
}
