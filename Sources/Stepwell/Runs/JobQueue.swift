import Synchronization

/// The jobs of one run, taken by one thread at a time.
final class JobQueue: Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        /// Whether some thread is taking jobs.
        var isTaken = false
        /// Whether something happened that the taking thread must look at before it goes.
        var isPoked = false
    }

    private let state = Mutex(State())

    /// Adds a job; true if the caller must see to it that somebody takes the queue.
    func add(_ job: UnownedJob) -> Bool {
        state.withLock { state in
            state.jobs.append(job)
            defer { state.isTaken = true }
            return !state.isTaken
        }
    }

    /// Notes that something happened; true if the caller must see to it that somebody takes the queue.
    func poke() -> Bool {
        state.withLock { state in
            state.isPoked = true
            defer { state.isTaken = true }
            return !state.isTaken
        }
    }

    var hasJobs: Bool { state.withLock { !$0.jobs.isEmpty } }

    /// All jobs that are there, for the thread that took the queue.
    func jobs() -> [UnownedJob] {
        state.withLock { state in
            state.isPoked = false
            guard !state.jobs.isEmpty else { return [] }
            defer { state.jobs = [] }
            return state.jobs
        }
    }

    /// Gives the queue back unless something came; true if it was given back.
    func release() -> Bool {
        state.withLock { state in
            guard state.jobs.isEmpty, !state.isPoked else { return false }
            state.isTaken = false
            return true
        }
    }
}
