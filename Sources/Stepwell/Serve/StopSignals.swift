import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// SIGTERM and SIGINT, as something to wait for. A second one ends the process at once, as if nobody waited.
struct StopSignals {
    private let sources: [any DispatchSourceSignal]
    private let stream: AsyncStream<String>

    init() {
        let (stream, names) = AsyncStream<String>.makeStream()
        let queue = DispatchQueue(label: "stepwell.stop")
        self.stream = stream
        sources = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")].map { number, name in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                names.yield(name)
                signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
    }

    /// Waits for the first; nil when the waiting task was cancelled.
    func first() async -> String? {
        for await name in stream { return name }
        return nil
    }

    /// Leaves the signals to their defaults again.
    func close() {
        for source in sources { source.cancel() }
        signal(SIGTERM, SIG_DFL)
        signal(SIGINT, SIG_DFL)
    }
}
