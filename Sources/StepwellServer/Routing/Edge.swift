import StepwellHTTP
import StepwellModel
import StepwellWire

/// Takes a request from the HTTP server to its route: access rules first, then the handler.
struct Edge: Sendable {
    let router: Router
    let rules: AccessRules

    /// A refused request's body is read up to here, so that its connection can go on.
    private static let refusedBodyBytesMax = 65_536

    // MARK: - Before the body

    /// Decides how much of a body is read: as much as its route takes, and of a refused request next to nothing.
    func admit(_ head: HTTPRequestHead) -> HTTPAdmission {
        let length = head.headers["Content-Length"].flatMap { Int($0) }
        switch verdict(on: head) {
        case .success(let (route, _)):
            guard let length, length > route.bodyBytesMax else { return .accept(bodyBytesMax: route.bodyBytesMax) }
            return reject(Self.tooLarge(length, max: route.bodyBytesMax), head)
        case .failure(let failure):
            let isSmall = length.map { $0 <= Self.refusedBodyBytesMax } ?? !head.headers.contains("Transfer-Encoding")
            return isSmall ? .accept(bodyBytesMax: Self.refusedBodyBytesMax) : reject(failure, head)
        }
    }

    private func reject(_ failure: Failure, _ head: HTTPRequestHead) -> HTTPAdmission {
        var headers = rules.headersOfAll(for: head)
        headers.add("Content-Type", "application/json")
        for (name, value) in failure.headers { headers.add(name, value) }
        return .reject(failure.status, headers: headers, body: failure.json.bytes)
    }

    private static func tooLarge(_ bytes: Int, max: Int) -> Failure {
        Failure(413, .bodyTooLarge, "The body has \(bytes) bytes; this route takes at most \(max). Send less at once.")
    }

    // MARK: - The whole request

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let headers = rules.headersOfAll(for: request.head)
        if request.method == .options, rules.isAllowedPreflight(request.head) {
            return responder.respond(status: 204, headers: headers)
        }
        let verdict = verdict(on: request.head)
        let parameters = (try? verdict.get())?.1 ?? PathParameters()
        let exchange = Exchange(
            request: request, parameters: parameters, responder: responder, headersOfAll: headers)
        switch verdict {
        case .success(let (route, _)): route.handler(exchange)
        case .failure(let failure): exchange.refuse(failure)
        }
    }

    private func verdict(on head: HTTPRequestHead) -> Result<(Router.Route, PathParameters), Failure> {
        switch router.match(head) {
        case .route(let route, let parameters):
            if let failure = rules.refusal(of: head, parameters, by: route.policy) { return .failure(failure) }
            return .success((route, parameters))
        case .otherMethods(let methods):
            let list = methods.map(\.name).sorted().joined(separator: ", ")
            return .failure(
                Failure(
                    405, .methodUnknown, "\(head.path) does not take \(head.method); it takes \(list).",
                    headers: ["Allow": list]))
        case .nothing:
            return .failure(Failure(404, .routeUnknown, "There is nothing at \(head.path). See Docs for the routes."))
        }
    }
}
