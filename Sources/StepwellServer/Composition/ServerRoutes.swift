extension Router {
    /// Everything that the server answers.
    static func server(
        _ context: ServerContext, _ registrar: Registrar, _ gate: EdgeGate, _ intakes: Intakes,
        _ draining: Draining
    ) -> Router {
        var router = Router()
        router.add(StatusRoutes(context: context, draining: draining))
        router.add(EventRoutes(context: context, gate: gate, intakes: intakes))
        router.add(SyncRoutes(context: context, registrar: registrar))
        router.add(RunStateRoutes(context: context))
        router.add(RESTRoutes(context: context))
        return router
    }
}
