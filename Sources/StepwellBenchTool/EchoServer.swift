import Glibc
import StepwellHTTP

/// The least that a server on the same HTTP layer can do: the measure of what an event costs beside HTTP.
enum EchoServer {
    /// Serves until the process is ended.
    static func run(port: UInt16) throws {
        let loop = try EventLoop()
        let server = HTTPServer(loops: [loop]) { request, responder in
            responder.respond(status: 200, headers: ["Content-Type": "application/json"], body: request.body)
        }
        let address = try server.bind(host: "127.0.0.1", port: port)
        print("listening on \(address.port)")
        fflush(nil)
        while true { pause() }
    }
}
