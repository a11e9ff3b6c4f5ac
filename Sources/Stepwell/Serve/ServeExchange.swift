import StepwellHTTP
import StepwellModel

/// Between the built-in server and the handler: a task for each request, which ends with the connection.
struct ServeExchange: Sendable {
    let serve: Serve
    let path: String
    let routes: App.Routes?

    func answer(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let work = Task.detached {
            let headers = request.headers
            let own = ServeRequest(method: request.method.name, target: request.target, body: request.body) {
                headers[$0]
            }
            await Self.send(await response(to: own), by: responder)
        }
        responder.onPeerGone { work.cancel() }
    }

    private func response(to request: ServeRequest) async -> ServeResponse {
        if request.path == path { return await serve.handle(request) }
        if let response = await routes?(request) { return response }
        return .text("There is nothing at \(request.path); functions are served at \(path).\n", status: 404)
    }

    private static func send(_ response: ServeResponse, by responder: HTTPResponder) async {
        let headers = HTTPHeaders(response.headers.lazy.map { ($0.name, $0.value) })
        let status = HTTPStatus(response.status)
        switch response.body {
        case .bytes(let body): responder.respond(status: status, headers: headers, body: body)
        case .stream(let pieces):
            responder.start(status: status, headers: headers)
            for await piece in pieces { responder.write(piece) }
            responder.end()
        }
    }
}
