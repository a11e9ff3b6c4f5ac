extension Router {
    /// Everything that the server answers.
    static func server(_ context: ServerContext, _ gate: EdgeGate, _ draining: Draining) -> Router {
        var router = Router()
        router.add(StatusRoutes(context: context, draining: draining))
        router.add(EventRoutes(context: context, gate: gate))
        return router
    }
}
