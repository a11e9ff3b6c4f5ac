import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel

/// Makes the server's own requests on one loop. Used on that loop's thread only.
///
/// What may be called is decided as for apps: loopback and private addresses, never link-local ones and those of metadata
/// services, asked again for every address that a name has and for every redirect; and where `fetchHosts` names hosts, these
/// alone.
final class GatewayCaller: Sendable {
    let loop: EventLoop
    private let client: HTTPClient
    private let timeout: Duration
    private let engine: Engine
    private let hosts: AllowedHosts

    private static let redirectsMax = 10

    init(loop: EventLoop, context: ServerContext) {
        self.loop = loop
        engine = context.engine
        hosts = AllowedHosts(context.configuration.fetchHosts)
        timeout = min(context.configuration.callTimeout, context.configuration.gatewayTimeout)
        var configuration = HTTPClientConfiguration()
        configuration.addressPolicy = { AppURLRules.mayCall($0) }
        client = HTTPClient(loop: loop, configuration: configuration)
    }

    /// `completion` is called once, on this loop's thread.
    func call(_ order: GatewayOrder, completion: @escaping @Sendable (CallOutcome) -> Void) {
        do throws(GatewayProblem) {
            var request = try GatewayRequest(order.options, isInference: order.isInference, to: hosts)
            request.request.timeout = timeout
            if order.isInference {
                infer(request, completion)
            } else {
                fetch(
                    request.request, redirectsLeft: Self.redirectsMax, until: ContinuousClock.now + timeout, completion)
            }
        } catch {
            completion(error.outcome(isInference: order.isInference))
        }
    }

    /// A redirect would carry the key elsewhere: it is a failure like any other status.
    private func infer(_ request: GatewayRequest, _ completion: @escaping @Sendable (CallOutcome) -> Void) {
        client.send(request.request) { [engine] result in
            switch result {
            case .failure(let error): completion(GatewayProblem(error).outcome(isInference: true))
            case .success(let response):
                completion(GatewayAnswer.inference(response, hiding: request.secrets, at: engine.now().wall))
            }
        }
    }

    /// - Parameter deadline: Of the last answer, however many redirects lead to it.
    private func fetch(
        _ request: HTTPClientRequest, redirectsLeft: Int, until deadline: ContinuousClock.Instant,
        _ completion: @escaping @Sendable (CallOutcome) -> Void
    ) {
        var request = request
        request.timeout = max(.zero, ContinuousClock.now.duration(to: deadline))
        client.send(request) { [self, request] result in
            switch result {
            case .failure(let error): completion(GatewayProblem(error).outcome(isInference: false))
            case .success(let response):
                guard response.status.isRedirect, let location = response.headers["Location"] else {
                    return completion(GatewayAnswer.fetched(response, from: request.url))
                }
                do throws(GatewayProblem) {
                    guard redirectsLeft > 0 else {
                        throw GatewayProblem(
                            message: "The answers lead from redirect to redirect.", code: "too_many_redirects",
                            isRetriable: true)
                    }
                    fetch(
                        try redirected(request, by: response.status, to: location),
                        redirectsLeft: redirectsLeft - 1, until: deadline, completion)
                } catch {
                    completion(error.outcome(isInference: false))
                }
            }
        }
    }

    /// The request that follows a redirect, by the rules of the Fetch standard (section 4.4): what was posted becomes a GET
    /// unless the status forbids it, and another origin learns no secret.
    private func redirected(
        _ request: HTTPClientRequest, by status: HTTPStatus, to location: String
    ) throws(GatewayProblem) -> HTTPClientRequest {
        var next = request
        do throws(HTTPClientError) {
            next.url = try request.url.resolving(location)
        } catch {
            throw GatewayProblem(
                message: "A redirect leads to what is no URL.", code: "invalid_redirect", isRetriable: true)
        }
        try GatewayRequest.check(next.url, hosts)
        let becomesGET =
            status == 303 ? request.method != .head : request.method == .post && (status == 301 || status == 302)
        if becomesGET {
            next.method = .get
            next.body = []
            next.headers.remove("Content-Type")
        }
        if next.url.origin != request.url.origin {
            next.headers = HTTPHeaders(
                next.headers.filter { GatewayOptions.harmlessHeaders.contains($0.0.lowercased()) })
        }
        return next
    }
}
