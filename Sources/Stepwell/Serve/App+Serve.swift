extension App {
    /// Your own routes in the process of the worker: answers a request, or nil for those that are not yours.
    public typealias Routes = @Sendable (ServeRequest) async -> ServeResponse?

    /// Serves the functions over HTTP until the process is told to stop (SIGTERM or SIGINT): then steps under way are
    /// finished first. At the start the app registers itself with the server, however long that takes to come up.
    ///
    /// - Parameters:
    ///   - host: the address to listen on. Default: loopback only.
    ///   - port: the port to listen on; 0 takes any that is free.
    ///   - path: where the functions are. Default: `/api/inngest`.
    ///   - origin: scheme, host and port by which the server reaches this process. Default: `INNGEST_SERVE_ORIGIN`, else
    ///     host and port.
    ///   - routes: your own routes, asked for every path but `path`. Default: none.
    /// - Throws: ``StepwellError`` for a function's configuration, a missing signing key, or a port that is taken.
    public func serve(
        host: String = "127.0.0.1", port: Int, path: String? = nil, origin: String? = nil, routes: Routes? = nil
    ) async throws {
        for function in functions { try function.validate() }
        throw StepwellError(.listenFailed, "serving over HTTP follows with the next commits")
    }
}
