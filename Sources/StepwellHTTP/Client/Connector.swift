import CUV

/// Makes one connection: looks the name up, asks the policy, tries the addresses in turn. Used on its loop's thread only.
final class Connector {
    typealias Outcome = Result<TCPStream, HTTPClientError>

    private let loop: EventLoop
    private let resolver: NameResolver
    private let policy: @Sendable (SocketAddress) -> Bool
    private var completion: ((Outcome) -> Void)?
    private var left: [SocketAddress] = []
    private var stream: TCPStream?
    private var overall: DeadlineTimer?
    private var single: DeadlineTimer?
    private var until: UInt64 = 0
    private var failure: HTTPClientError?

    init(loop: EventLoop, resolver: NameResolver, policy: @escaping @Sendable (SocketAddress) -> Bool) {
        self.loop = loop
        self.resolver = resolver
        self.policy = policy
    }

    /// `completion` is called once, unless ``cancel()`` comes first. It fails as a connect timeout at `until`.
    func start(until: UInt64, completion: @escaping (Outcome) -> Void) {
        self.until = until
        self.completion = completion
        let overall = DeadlineTimer(loop: loop) { [weak self] in self?.finish(.failure(.connectTimeout)) }
        overall.set(at: until)
        self.overall = overall
        resolver.resolve { [self] in resolved($0) }
    }

    func cancel() {
        completion = nil
        release()
    }

    private func resolved(_ answer: NameResolver.Answer) {
        guard completion != nil else { return }
        switch answer {
        case .failure(let error): finish(.failure(error))
        case .success(let addresses):
            left = addresses.filter(policy)
            if left.isEmpty { return finish(.failure(.addressRefused(addresses[0]))) }
            tryNext()
        }
    }

    private func tryNext() {
        guard completion != nil else { return }
        guard !loop.isStopping else { return finish(.failure(.cancelled)) }
        guard !left.isEmpty else { return finish(.failure(failure ?? .connectTimeout)) }
        let address = left.removeFirst()
        let stream = TCPStream(loop: loop)
        self.stream = stream
        if !left.isEmpty { limitAttempt() }
        stream.connect(to: address) { [self] code in
            // An attempt that was given up completes, too: with the code for "cancelled".
            guard self.stream === stream else { return }
            connected(stream, to: address, code)
        }
    }

    /// While there are further addresses, one that does not answer may take its share of the time only.
    private func limitAttempt() {
        let share = (until &- min(until, loop.now)) / UInt64(left.count + 1)
        let single = single ?? DeadlineTimer(loop: loop) { [weak self] in self?.attemptExpired() }
        self.single = single
        single.set(after: share)
    }

    private func attemptExpired() {
        stream?.close()
        stream = nil
        failure = failure ?? .connectTimeout
        tryNext()
    }

    private func connected(_ stream: TCPStream, to address: SocketAddress, _ code: Int32) {
        single?.clear()
        guard code != 0 else {
            stream.probePeer(idleSeconds: 10, intervalSeconds: 5, count: 3)
            self.stream = nil
            return finish(.success(stream))
        }
        stream.close()
        self.stream = nil
        switch code {
        // Of several failures this one says most: the host is there and the program is not.
        case UV_ECONNREFUSED.rawValue: failure = .connectionRefused("\(address)")
        case UV_ETIMEDOUT.rawValue: failure = failure ?? .connectTimeout
        default: failure = failure ?? .connectFailed("\(address): \(uvMessage(code))")
        }
        tryNext()
    }

    private func finish(_ outcome: Outcome) {
        guard let completion else { return }
        self.completion = nil
        release()
        completion(outcome)
        loop.flushDirty()
    }

    private func release() {
        stream?.close()
        stream = nil
        overall?.close()
        single?.close()
    }
}
