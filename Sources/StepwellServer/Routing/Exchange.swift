import StepwellCore
import StepwellHTTP
import StepwellModel

/// A request that has reached its route, and the way to answer it: once, now or later, from any thread.
///
/// Shared, since every closure on the way to the answer holds it.
package final class Exchange: Sendable {
    package let request: HTTPRequest
    package let parameters: PathParameters
    package let responder: HTTPResponder
    /// What every answer to this request carries: the server's kind, and for pages of allowed origins that they may read it.
    let headersOfAll: HTTPHeaders
    /// What kind of key the sender has shown.
    private let actor: String

    init(
        request: HTTPRequest, parameters: PathParameters, responder: HTTPResponder, headersOfAll: HTTPHeaders,
        actor: String
    ) {
        self.actor = actor
        self.request = request
        self.parameters = parameters
        self.responder = responder
        self.headersOfAll = headersOfAll
    }

    /// What the audit log is to say of what the request asks for.
    ///
    /// The address is the connection's own: what a proxy says of another one is not believed.
    func audit(_ verb: String, _ target: String, _ detail: RawJSON? = nil) -> AuditNote {
        AuditNote(actor: actor, address: request.head.peer?.host, verb: verb, target: target, detail: detail)
    }

    /// The query's pairs, decoded.
    package var query: [(name: String, value: String)] { PercentCoding.items(ofQuery: request.query) }

    /// The first value of a query parameter; nil when it is absent.
    package func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

    package func answer(_ status: HTTPStatus, json: RawJSON, headers: HTTPHeaders = [:]) {
        answer(status, contentType: "application/json", body: json.bytes, headers: headers)
    }

    package func answer(_ status: HTTPStatus, contentType: String, body: [UInt8], headers: HTTPHeaders = [:]) {
        var all = headersOfAll
        all.add("Content-Type", contentType)
        for (name, value) in headers { all.add(name, value) }
        responder.respond(status: status, headers: all, body: body)
    }

    /// Answers without a body.
    package func answer(_ status: HTTPStatus) { responder.respond(status: status, headers: headersOfAll) }

    package func refuse(_ failure: Failure) {
        answer(failure.status, json: failure.json, headers: failure.headers)
    }
}
