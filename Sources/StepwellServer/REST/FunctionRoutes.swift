import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore

/// What an operator does with functions.
extension RESTRoutes {
    /// `POST /api/functions/{slug}/pause`, `…/resume`, `…/drain`
    ///
    /// To ask for the state that there is changes nothing, so the request may be repeated.
    func change(_ exchange: Exchange, to state: FunctionState) {
        context.read { reader in
            do throws(Failure) {
                _ = try exchange.query(allowing: [])
                let function = try Catalog(reader).function(named: exchange.parameters["slug"])
                change([function], to: state, exchange, exchange.audit("function.\(state.verb)", function.slug)) {
                    (reader) throws(Failure) in
                    let catalog = try Catalog(reader)
                    return CatalogJSON.function(try catalog.function(named: function.slug), of: catalog)
                }
            } catch {
                exchange.refuse(error)
            }
        }
    }

    /// `POST /api/functions/pause`, `…/resume`, `…/drain`: all that are named, or none of them.
    func changeMany(_ exchange: Exchange, to state: FunctionState) {
        context.read { reader in
            do throws(Failure) {
                _ = try exchange.query(allowing: [])
                let body = try exchange.body(allowing: ["function", "app", "dry_run"])
                let chosen = try FunctionChoice(body, try Catalog(reader), includesArchived: true)
                if try body.flag("dry_run") ?? false {
                    return exchange.answer(200, json: BulkJSON.count(chosen.functions.count, isComplete: true))
                }
                let note = exchange.audit("function.\(state.verb)", "", AuditJSON.functions(chosen.functions))
                change(chosen.functions, to: state, exchange, note) { (reader) throws(Failure) in
                    let catalog = try Catalog(reader)
                    let keys = Set(chosen.functions.map(\.key))
                    return CatalogJSON.list(catalog.functions.filter { keys.contains($0.key) }) {
                        CatalogJSON.write($0, of: catalog, to: &$1)
                    }
                }
            } catch {
                exchange.refuse(error)
            }
        }
    }

    private func change(
        _ functions: [FunctionRow], to state: FunctionState, _ exchange: Exchange, _ note: AuditNote,
        answering body: @escaping @Sendable (any StoreReader) throws(Failure) -> RawJSON
    ) {
        _ = context.engine.ask(reply: { reply in
            switch reply {
            case .functionStateChanged: answer(exchange) { (_, reader) throws(Failure) in try body(reader) }
            case .refused(.unknownFunction): exchange.refuse(.unknownFunction(functions.first?.slug ?? ""))
            default: exchange.refuse(.stopping)
            }
        }) { .audited(note, $0, .changeState(functions.map(\.key), state, $0)) }
    }
}

/// The functions that a request names: by their names, by their app, or by both.
struct FunctionChoice: Sendable {
    let functions: [FunctionRow]

    /// - Parameter includesArchived: Whether an app's archived functions are among them; one that is named always is.
    init(_ body: BodyReader, _ catalog: Catalog, includesArchived: Bool) throws(Failure) {
        let named = try body.texts("function")
        let app = try body.text("app")
        guard named != nil || app != nil else {
            throw BodyReader.refuse("name functions, with \"function\", or an app, with \"app\"")
        }
        var chosen = catalog.functions.filter { includesArchived || $0.archivedAt == nil }
        if let app {
            guard catalog.apps.contains(where: { $0.name == app }) else {
                throw .missing(.appUnknown, "There is no app \"\(app)\". GET /api/apps lists all.")
            }
            chosen.removeAll { catalog.appName(of: $0) != app }
        }
        guard let named else {
            functions = chosen
            return
        }
        var keys: Set<FunctionKey> = []
        for name in named {
            let function = try catalog.function(named: name)
            guard app == nil || catalog.appName(of: function) == app else {
                throw BodyReader.refuse(
                    "the function \"\(name)\" is not one of the app \"\(app ?? "")\": leave one of the two out")
            }
            keys.insert(function.key)
        }
        functions = catalog.functions.filter { keys.contains($0.key) }
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

    /// What an operator does to bring it about.
    var verb: String {
        switch self {
        case .active: "resume"
        case .paused: "pause"
        case .drained: "drain"
        }
    }
}
