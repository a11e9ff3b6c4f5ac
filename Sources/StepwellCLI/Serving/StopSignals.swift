import Glibc

/// The signals that ask a server to stop.
///
/// They are blocked in every thread and waited for by one, which costs nothing while none comes.
struct StopSignals {
    private var set = sigset_t()

    /// Must be made before any thread is, since threads inherit what is blocked.
    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        // Under nohup a closed terminal is no reason to stop.
        var hangup = sigaction()
        sigaction(SIGHUP, nil, &hangup)
        if unsafeBitCast(hangup.__sigaction_handler.sa_handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) {
            sigaddset(&set, SIGHUP)
        }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // Who reads our output may go away; that is no reason to stop either.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Waits for the first one; returns its name. From then on the next one ends the process at once.
    mutating func wait() -> String {
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
        for next in [SIGTERM, SIGINT, SIGHUP] where sigismember(&set, next) == 1 { signal(next, SIG_DFL) }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        return switch number {
        case SIGINT: "SIGINT"
        case SIGHUP: "SIGHUP"
        default: "SIGTERM"
        }
    }
}
