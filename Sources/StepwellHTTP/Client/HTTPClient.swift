import Synchronization

/// An HTTP/1.1 client on a loop.
///
/// Plain http goes over connections of its own on libuv and llhttp, https through libcurl. Connections are kept for the next
/// request. Redirects are answers like any other: ``HTTPURL/resolving(_:)`` tells where they lead. A peer that vanished is
/// noticed within 30 s; apart from that only a request's own timeout ends a slow answer. A client that is of no more use
/// while its loop lives on wants ``close()``.
///
/// `@unchecked Sendable`: `origins` and `secure` are touched on the loop's thread only.
package final class HTTPClient: @unchecked Sendable {
    package let loop: EventLoop
    let configuration: HTTPClientConfiguration
    private var origins: [HTTPURL.Origin: PlainOrigin] = [:]
    private var secure: CurlDriver?
    private let connections = Atomic<Int>(0)

    package init(loop: EventLoop, configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        self.loop = loop
        self.configuration = configuration
    }

    /// Plain connections that are open now.
    package var connectionCount: Int { connections.load(ordering: .relaxed) }

    /// Sends a request; `completion` is called once, on the loop's thread. From any thread.
    @discardableResult
    package func send(_ request: HTTPClientRequest, completion: @escaping HTTPCall.Completion) -> HTTPCall {
        let call = HTTPCall(request: request, loop: loop, completion: completion)
        if !loop.run({ self.start(call) }) { call.failWithoutLoop() }
        return call
    }

    /// Sends a request and waits for its answer. A cancelled task cancels the request.
    package func response(to request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse {
        let sent = Mutex<HTTPCall?>(nil)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let call = send(request) { continuation.resume(returning: $0) }
                sent.withLock { $0 = call }
                if Task.isCancelled { call.cancel() }
            }
        } onCancel: {
            sent.withLock { $0 }?.cancel()
        }
        return try result.get()
    }

    /// Cancels what is in flight and closes the idle connections. The client can be used again.
    package func close() {
        loop.run {
            for origin in Array(self.origins.values) { origin.close() }
            let secure = self.secure
            self.secure = nil
            secure?.close()
        }
    }

    private func start(_ call: HTTPCall) {
        guard !loop.isStopping else { return call.fail(.cancelled) }
        if let fault = call.request.fault { return call.fail(fault) }
        call.begin(at: loop.now)
        guard call.request.url.scheme == .http else { return startSecure(call) }
        let key = call.request.url.origin
        let origin = origins[key] ?? PlainOrigin(client: self, origin: key)
        origins[key] = origin
        origin.start(call)
    }

    private func startSecure(_ call: HTTPCall) {
        let driver = secure ?? CurlDriver(loop: loop, configuration: configuration)
        secure = driver
        guard let driver else { return call.fail(.connectFailed("libcurl cannot be set up")) }
        driver.start(call)
    }

    func connectionOpened() { connections.add(1, ordering: .relaxed) }

    func connectionClosed() { connections.subtract(1, ordering: .relaxed) }

    /// Nothing is left of an origin: forget it, so that many hosts over time cost nothing.
    func remove(_ origin: PlainOrigin) { origins[origin.origin] = nil }
}
