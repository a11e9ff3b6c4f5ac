import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellWire

/// Makes the calls of one loop. Used on that loop's thread only.
///
/// `@unchecked Sendable`: what changes is touched on the loop's thread alone.
final class WorkerCaller: @unchecked Sendable {
    let loop: EventLoop
    private let client: HTTPClient
    private let signingKey: SigningKey?
    private let kind: ServerKind
    private let timeout: Duration
    private let urls: AppURLRules
    private let engine: Engine
    /// Where functions are called. A function that moves keeps its version, so its URL tells whether the target still holds.
    private var targets: [FunctionKey: (url: String, target: CallTarget)] = [:]
    /// Apps that did not answer the last time.
    private var away: Set<AppKey> = []
    private let stepsMax: Int
    private let log: ServerLog

    /// Redirects of one call.
    private static let redirectsMax = 10

    init(loop: EventLoop, context: ServerContext, signingKey: SigningKey?) {
        self.loop = loop
        self.signingKey = signingKey
        kind = context.kind
        timeout = context.configuration.callTimeout
        urls = AppURLRules(hosts: context.configuration.appHosts)
        engine = context.engine
        stepsMax = context.configuration.stepsMax
        log = context.log
        var configuration = HTTPClientConfiguration()
        configuration.addressPolicy = { AppURLRules.mayCall($0) }
        client = HTTPClient(loop: loop, configuration: configuration)
    }

    /// Calls the worker of an order; `completion` is called once, on this loop's thread.
    func call(_ order: CallOrder, completion: @escaping @Sendable (CallOutcome) -> Void) {
        let request: HTTPClientRequest
        do {
            request = try self.request(for: order)
        } catch {
            return completion(error.outcome)
        }
        follow(request, order, redirectsLeft: Self.redirectsMax) { [self] outcome in
            note(outcome, of: order.function)
            completion(outcome)
        }
    }

    /// Says once that an app is away, and once that it is back.
    private func note(_ outcome: CallOutcome, of function: FunctionPlan) {
        if case .unreachable(let reason) = outcome {
            guard away.insert(function.appKey).inserted else { return }
            log.warning("app does not answer", ["url": function.blueprint.url, "reason": reason])
        } else if !away.isEmpty, away.remove(function.appKey) != nil {
            log.info("app answers again", ["url": function.blueprint.url])
        }
    }

    private func request(for order: CallOrder) throws(CallProblem) -> HTTPClientRequest {
        let url = try target(of: order.function).url(stepID: order.stepID)
        let body = CallBody.bytes(of: order)
        var headers = CallBody.headers(of: order, kind: kind)
        if let signingKey {
            do throws(Signature.Problem) {
                headers.add(
                    Header.signature,
                    try Signature.sign(CallBody.signedForm(of: body), with: signingKey, at: engine.now().wall))
            } catch {
                throw .unsendable("\(error)")
            }
        }
        var request = HTTPClientRequest(method: .post, url: url, headers: headers, body: body)
        request.timeout = timeout
        request.responseBytesMax = StepwellWire.CallAnswer.bytesMax
        return request
    }

    private func target(of function: FunctionPlan) throws(CallProblem) -> CallTarget {
        if let known = targets[function.key], known.url == function.blueprint.url { return known.target }
        let target = try CallTarget(function.blueprint, urls)
        if targets.count > 10_000 { targets.removeAll() }
        targets[function.key] = (function.blueprint.url, target)
        return target
    }

    // MARK: - Answers

    private func follow(
        _ request: HTTPClientRequest, _ order: CallOrder, redirectsLeft: Int,
        _ completion: @escaping @Sendable (CallOutcome) -> Void
    ) {
        client.send(request) { [self] result in
            switch result {
            case .failure(let error): completion(CallProblem(error).outcome)
            case .success(let response):
                guard let location = Self.redirection(response) else {
                    let reader = AnswerReader(order: order, now: engine.now().wall, stepsMax: stepsMax)
                    return completion(reader.outcome(of: response))
                }
                do throws(CallProblem) {
                    guard redirectsLeft > 0 else { throw .redirectsTooMany(location) }
                    var next = request
                    next.url = try Self.resolve(location, from: request.url)
                    try urls.check(next.url)
                    follow(next, order, redirectsLeft: redirectsLeft - 1, completion)
                } catch {
                    completion(error.outcome)
                }
            }
        }
    }

    /// Where an answer sends the call on to. A 303 asks for a GET, which no call is: it is an answer like any other.
    private static func redirection(_ response: HTTPClientResponse) -> String? {
        guard response.status.isRedirect, response.status.code != 303 else { return nil }
        return response.headers["Location"]
    }

    private static func resolve(_ location: String, from url: HTTPURL) throws(CallProblem) -> HTTPURL {
        do throws(HTTPClientError) {
            return try url.resolving(location)
        } catch {
            throw CallProblem(error)
        }
    }
}
