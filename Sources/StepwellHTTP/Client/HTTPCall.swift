/// A request on its way. From any thread: ``cancel()``; the rest on the client's loop.
///
/// `@unchecked Sendable`: everything that changes is touched on the loop's thread only.
package final class HTTPCall: @unchecked Sendable {
    package typealias Completion = @Sendable (Result<HTTPClientResponse, HTTPClientError>) -> Void

    let request: HTTPClientRequest
    private let loop: EventLoop
    private var completion: Completion?
    /// On the loop's clock.
    private(set) var deadline: UInt64 = 0
    /// Stops the work for this call; whoever works on it sets it.
    var abandon: (() -> Void)?
    /// Why the first attempt failed, once a second one is under way.
    var firstFailure: HTTPClientError?

    init(request: HTTPClientRequest, loop: EventLoop, completion: @escaping Completion) {
        self.request = request
        self.loop = loop
        self.completion = completion
    }

    /// Takes the request back: it completes as cancelled, unless it is complete already.
    package func cancel() {
        loop.run { self.fail(.cancelled) }
    }

    var isFinished: Bool { completion == nil }

    func begin(at now: UInt64) {
        // The clock is cut to whole milliseconds: one more, so that nothing times out early.
        deadline = now &+ request.timeout.millisecondsRoundedUp &+ 1
    }

    /// Completes with an error and stops the work.
    func fail(_ error: HTTPClientError) {
        guard let completion else { return }
        self.completion = nil
        let abandon = abandon
        self.abandon = nil
        abandon?()
        completion(.failure(error))
    }

    func succeed(_ response: HTTPClientResponse) {
        guard let completion else { return }
        self.completion = nil
        abandon = nil
        completion(.success(response))
    }

    /// Completes on a thread that is not the loop's, which has ended.
    func failWithoutLoop() {
        completion?(.failure(.cancelled))
    }
}
