import StepwellHTTP
import StepwellModel

/// An app that is being served over HTTP, from ``App/start(host:port:path:options:routes:)``.
public final class Worker: Sendable {
    /// The port that it listens on.
    public let port: Int
    /// Where the server reaches it.
    public let url: String

    private let serve: Serve
    private let server: HTTPServer
    private let loop: EventLoop
    private let registering: Task<Void, Never>

    init(
        _ serve: Serve, host: String, port: Int, path: String, routes: App.Routes?
    ) throws(StepwellError) {
        guard serve.keys.areRequired || HostName(host).isLoopback else {
            throw StepwellError(
                .signingKeyMissing,
                "dev mode does not check who calls, so it serves on loopback only, not on \(host). "
                    + "Set INNGEST_SIGNING_KEY and leave dev mode, or listen on 127.0.0.1.")
        }
        guard let number = UInt16(exactly: port) else {
            throw StepwellError(.listenFailed, "\(port) is no port; choose one of 0…65535")
        }
        let address: SocketAddress
        (loop, server, address) = try Self.listen(serve, host: host, port: number, path: path, routes: routes)
        let origin = serve.origin ?? "http://\(Self.authority(host, Int(address.port)))"
        let url = origin + (serve.path ?? path)
        self.port = Int(address.port)
        self.url = url
        self.serve = serve
        registering = Task.detached { await Registrar(serve: serve, url: url).run() }
    }

    private static func listen(
        _ serve: Serve, host: String, port: UInt16, path: String, routes: App.Routes?
    ) throws(StepwellError) -> (EventLoop, HTTPServer, SocketAddress) {
        let loop: EventLoop
        do throws(EventLoopError) {
            loop = try EventLoop()
        } catch {
            throw StepwellError(.listenFailed, "\(error)")
        }
        var configuration = HTTPServerConfiguration()
        configuration.bodyBytesMax = serve.options.bodyBytesMax
        let exchange = ServeExchange(serve: serve, path: path, routes: routes)
        let server = HTTPServer(loops: [loop], configuration: configuration) { exchange.answer($0, $1) }
        do throws(HTTPServerError) {
            return (loop, server, try server.bind(host: host, port: port))
        } catch {
            loop.stop()
            throw StepwellError(.listenFailed, "\(error)")
        }
    }

    /// Stops taking requests, gives steps under way the time `grace` to finish and be recorded, and ends.
    ///
    /// What is left then runs again elsewhere, from the last recorded step. Default: 30 seconds.
    public func stop(within grace: Duration = .seconds(30)) async {
        registering.cancel()
        await server.stop(within: grace)
        serve.runner.cache.removeAll()
        loop.stop()
    }

    private static func authority(_ host: String, _ port: Int) -> String {
        switch host {
        case "0.0.0.0", "::": "localhost:\(port)"
        case _ where host.contains(":"): "[\(host)]:\(port)"
        default: "\(host):\(port)"
        }
    }
}
