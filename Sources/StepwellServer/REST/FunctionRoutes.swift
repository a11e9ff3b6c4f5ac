import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellStore

/// What an operator does with a function.
extension RESTRoutes {
    /// `POST /api/functions/{slug}/pause`, `…/resume`, `…/drain`
    ///
    /// To ask for the state that there is changes nothing, so the request may be repeated.
    func change(_ exchange: Exchange, to state: FunctionState) {
        context.read { [engine = context.engine] reader in
            do throws(Failure) {
                _ = try exchange.query(allowing: [])
                let function = try Catalog(reader).function(named: exchange.parameters["slug"])
                _ = engine.ask(reply: { reply in
                    switch reply {
                    case .functionStateChanged:
                        answer(exchange) { (exchange, reader) throws(Failure) in
                            let catalog = try Catalog(reader)
                            return CatalogJSON.function(try catalog.function(named: function.slug), of: catalog)
                        }
                    case .refused(.unknownFunction): exchange.refuse(.unknownFunction(function.slug))
                    default: exchange.refuse(.stopping)
                    }
                }) { .changeState(function.key, state, $0) }
            } catch {
                exchange.refuse(error)
            }
        }
    }
}

extension FunctionState {
    /// As REST and command line write it.
    package var text: String {
        switch self {
        case .active: "active"
        case .paused: "paused"
        case .drained: "drained"
        }
    }
}
