import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellWire

/// Asks apps to register: the server's `PUT` (PROTOCOL §2.1, §2.3). Used on its loop's thread only.
///
/// `@unchecked Sendable`: `underWay` is touched on the loop's thread alone.
final class AppRequester: @unchecked Sendable {
    /// Why an app could not be asked, or could not do it; nil when all went well.
    typealias Completion = @Sendable (String?) -> Void

    let loop: EventLoop
    private let client: HTTPClient
    private let registrar: Registrar
    private let kind: ServerKind
    private let signingKey: SigningKey?
    private let engine: Engine
    /// Who waits for the answer of which app.
    private var underWay: [String: [Completion]] = [:]

    private static let timeout = Duration.seconds(10)
    private static let redirectsMax = 10

    init(loop: EventLoop, context: ServerContext, registrar: Registrar, signingKey: SigningKey?) {
        self.loop = loop
        self.registrar = registrar
        self.signingKey = signingKey
        kind = context.kind
        engine = context.engine
        var configuration = HTTPClientConfiguration()
        configuration.addressPolicy = { AppURLRules.mayCall($0) }
        client = HTTPClient(loop: loop, configuration: configuration)
    }

    /// Asks the app at `url`; what fails is noted with the app. From any thread; `completion` is called on the loop's.
    func ask(_ url: String, completion: @escaping Completion = { _ in }) {
        loop.run { self.start(AppURL.normalized(url) ?? url, completion) }
    }

    private func start(_ url: String, _ completion: @escaping Completion) {
        // An app that answers slowly is not asked twice at a time.
        underWay[url, default: []].append(completion)
        guard underWay[url]?.count == 1 else { return }
        let finish: Completion = { [self] problem in
            if let problem { registrar.note(failureOfAppAt: url, problem) }
            for completion in underWay.removeValue(forKey: url) ?? [] { completion(problem) }
        }
        let request: HTTPClientRequest
        do {
            request = try self.request(to: url)
        } catch {
            return finish(error.reason)
        }
        send(request, redirectsLeft: Self.redirectsMax, finish)
    }

    private func request(to text: String) throws(CallProblem) -> HTTPClientRequest {
        let url: HTTPURL
        do throws(HTTPClientError) { url = try HTTPURL(text) } catch { throw CallProblem(error) }
        try registrar.rules.check(url)
        let body = SyncRequest(url: text).bytes
        var headers: HTTPHeaders = ["Content-Type": "application/json", Header.serverKind: kind.rawValue]
        if let signingKey {
            do throws(Signature.Problem) {
                headers.add(Header.signature, try Signature.sign(body, with: signingKey, at: engine.now().wall))
            } catch {
                throw .unsendable("\(error)")
            }
        }
        var request = HTTPClientRequest(method: .put, url: url, headers: headers, body: body)
        request.timeout = Self.timeout
        return request
    }

    private func send(_ request: HTTPClientRequest, redirectsLeft: Int, _ finish: @escaping Completion) {
        client.send(request) { [self] result in
            switch result {
            case .failure(let error): finish(CallProblem(error).reason)
            case .success(let response) where response.status.isRedirect && response.headers.contains("Location"):
                do throws(CallProblem) {
                    send(try next(request, response, redirectsLeft), redirectsLeft: redirectsLeft - 1, finish)
                } catch {
                    finish(error.reason)
                }
            case .success(let response): read(response, from: request.url, finish)
            }
        }
    }

    private func next(
        _ request: HTTPClientRequest, _ response: HTTPClientResponse, _ redirectsLeft: Int
    ) throws(CallProblem) -> HTTPClientRequest {
        let location = response.headers["Location"] ?? ""
        guard redirectsLeft > 0 else { throw .redirectsTooMany(location) }
        var next = request
        do throws(HTTPClientError) { next.url = try request.url.resolving(location) } catch { throw CallProblem(error) }
        try registrar.rules.check(next.url)
        return next
    }

    private func read(_ response: HTTPClientResponse, from url: HTTPURL, _ finish: @escaping Completion) {
        let reply = SyncReply(parsing: response.body)
        guard response.status.isSuccess else {
            let message = reply?.message ?? ""
            let detail = message.isEmpty ? "is the path right, and does an SDK serve it?" : message
            return finish("The app at \(url) answered \(response.status) when it was asked to register: \(detail)")
        }
        if response.headers[Header.syncKind] == SyncKind.inBand.rawValue {
            return registrar.registerInBand(response.body) { [self] reply in
                let problem: String? = if case .refused(_, _, let message, _) = reply { message } else { nil }
                loop.run { finish(problem) }
            }
        }
        guard response.headers.contains(Header.sdk) else {
            return finish(
                "What answers at \(url) is no SDK: it sent no \(Header.sdk) header. Check host, port and path.")
        }
        guard let reply, reply.isRefusal else { return finish(nil) }
        finish("The app at \(url) was asked to register, and its registration was refused: \(reply.message)")
    }
}
