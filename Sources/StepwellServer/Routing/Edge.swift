import StepwellHTTP
import StepwellModel
import StepwellWire

/// Takes a request from the HTTP server to its route: access rules first, then the handler.
struct Edge: Sendable {
    let router: Router
    let rules: AccessRules

    /// A request that may go on: what was found when its header section was complete.
    private final class Admission: Sendable {
        let route: Router.Route
        let parameters: PathParameters

        init(route: Router.Route, parameters: PathParameters) {
            self.route = route
            self.parameters = parameters
        }
    }

    /// A refused request's body is read up to here, so that its connection can go on.
    private static let refusedBodyBytesMax = 65_536

    // MARK: - Before the body

    /// Decides how much of a body is read: as much as its route takes, and of a refused request next to nothing.
    func admit(_ head: HTTPRequestHead) -> HTTPAdmission {
        let length = head.headers["Content-Length"].flatMap { Int($0) }
        switch verdict(on: head) {
        case .success(let admission):
            let route = admission.route
            guard let length, length > route.bodyBytesMax else {
                return .accept(bodyBytesMax: route.bodyBytesMax, note: admission)
            }
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
        // A request that was refused and has a small body is looked at once more, for its answer.
        let verdict = (request.head.admission as? Admission).map { .success($0) } ?? verdict(on: request.head)
        func exchange(_ parameters: PathParameters, _ policy: RoutePolicy) -> Exchange {
            Exchange(
                request: request, parameters: parameters, responder: responder, headersOfAll: headers,
                actor: rules.actor(of: request.head, by: policy))
        }
        switch verdict {
        case .success(let admission):
            admission.route.handler(exchange(admission.parameters, admission.route.policy))
        case .failure(let failure): exchange(PathParameters(), .open).refuse(failure)
        }
    }

    private func verdict(on head: HTTPRequestHead) -> Result<Admission, Failure> {
        switch router.match(head) {
        case .route(let route, let parameters):
            if let failure = rules.refusal(of: head, parameters, by: route.policy) { return .failure(failure) }
            return .success(Admission(route: route, parameters: parameters))
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
