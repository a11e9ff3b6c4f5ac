import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellWire

/// `POST /fn/register` and `DELETE /fn/remove` (PROTOCOL §2.1).
struct SyncRoutes: RouteGroup {
    let context: ServerContext
    let registrar: Registrar

    /// Room for a thousand functions with long configurations.
    private static let bodyBytesMax = 16 << 20

    func register(in router: inout Router) {
        router.on(.post, "/fn/register", policy: .sdkSigned, bodyBytesMax: Self.bodyBytesMax) { register($0) }
        router.on(.delete, "/fn/remove", policy: .sdkSigned) { remove($0) }
    }

    private func register(_ exchange: Exchange) {
        if let trouble = context.engine.status.storeTrouble { return exchange.refuse(.storeTrouble(trouble)) }
        let expected = exchange.request.headers[Header.expectedServerKind] ?? ""
        guard expected.isEmpty || expected == context.kind.rawValue else {
            return exchange.refuse(
                Failure(
                    400, .serverKindMismatch, "Expected server kind \(expected), got \(context.kind.rawValue)"))
        }
        registrar.register(exchange.request.body) { reply in
            exchange.answer(HTTPStatus(reply.status), json: RawJSON(validated: reply.bytes))
        }
    }

    private func remove(_ exchange: Exchange) {
        guard let text = exchange.query("url"), let url = AppURL.normalized(text) else {
            return exchange.refuse(
                Failure(400, .parameterInvalid, "Name the app to remove: /fn/remove?url=<its URL, percent-encoded>"))
        }
        context.engine.ask { reply in
            switch reply {
            case .removed: exchange.answer(200, json: RawJSON(#"{"ok":true,"status":200}"#))
            case .refused(.unknownApp):
                exchange.refuse(Failure(404, .appUnknown, "There is no app with the URL \(url)."))
            default: exchange.refuse(.stopping)
            }
        } _: {
            .audited(exchange.audit("app.remove", Self.withoutQuery(url)), $0, .removeApp(url: url, $0))
        }
    }

    /// The audit log keeps what it is told for ever, and queries are where URLs carry secrets.
    private static func withoutQuery(_ url: String) -> String { String(url.prefix { $0 != "?" }) }
}
