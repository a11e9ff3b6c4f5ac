extension App {
    /// Your own routes in the process of the worker: answers a request, or nil for those that are not yours.
    public typealias Routes = @Sendable (ServeRequest) async -> ServeResponse?

    /// Serves the functions over HTTP until the process is told to stop (SIGTERM or SIGINT) or the task is cancelled:
    /// then steps under way are finished first. At the start the app registers itself with the server, however long that
    /// takes to come up.
    ///
    /// - Parameters:
    ///   - host: the address to listen on. Default: loopback only.
    ///   - port: the port to listen on; 0 takes any that is free.
    ///   - path: where the functions are. Default: `/api/inngest`.
    ///   - options: origin, limits and the like. Default: see ``Serve/Options``.
    ///   - routes: your own routes, asked for every path but `path`. Default: none.
    /// - Throws: ``StepwellError`` for a function's configuration, a missing signing key, or a port that is taken.
    public func serve(
        host: String = "127.0.0.1", port: Int, path: String = "/api/inngest", options: Serve.Options = .init(),
        routes: Routes? = nil
    ) async throws {
        let signals = StopSignals()
        defer { signals.close() }
        let worker = try start(host: host, port: port, path: path, options: options, routes: routes)
        let reason = await signals.first() ?? "cancelled"
        client.log.log(.info, "stopping", ["app": id, "reason": reason])
        await worker.stop()
    }

    /// Begins to serve the functions, and returns when the port is open; see
    /// ``serve(host:port:path:options:routes:)``.
    ///
    /// - Returns: what is to be stopped at the end.
    /// - Throws: what that form throws.
    public func start(
        host: String = "127.0.0.1", port: Int, path: String = "/api/inngest", options: Serve.Options = .init(),
        routes: Routes? = nil
    ) throws -> Worker {
        try Worker(try Serve(self, options: options), host: host, port: port, path: path, routes: routes)
    }
}
