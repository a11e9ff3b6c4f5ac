/// Bounds of an ``HTTPServer``. Every one is on; the defaults suit an API on an open network.
package struct HTTPServerConfiguration: Sendable {
    /// Connections at a time; more wait in the kernel's queue. Default: 10,000.
    package var connectionsMax = 10_000
    /// Requests of one connection that may wait for their answers; further ones are not read. Default: 16.
    package var pipelinedRequestsMax = 16
    /// Bytes of request line and header section. Default: 32 KiB. Over it: 431.
    package var headBytesMax = 32_768
    /// Header fields. Default: 128. Over it: 431.
    package var headFieldsMax = 128
    /// Bytes of the request target. Default: 8 KiB. Over it: 414.
    package var targetBytesMax = 8_192
    /// Bytes of a body whose request the `admit` hook gives no bound of its own. Default: 4 MiB. Over it: 413.
    package var bodyBytesMax = 4 << 20
    /// From the first byte of a request (or from the connection) to the end of its header section. Default: 15 s. Over it: 408.
    package var headTimeout: Duration = .seconds(15)
    /// What a body may take beside the time that its bytes earn at `bodyBytesPerSecondMin`. Default: 15 s. Over it: 408.
    package var bodyTimeout: Duration = .seconds(15)
    /// The slowest rate at which a body may arrive. Default: 1 KiB a second.
    package var bodyBytesPerSecondMin = 1_024
    /// Between two requests. Default: 75 s. Then the connection is closed.
    package var idleTimeout: Duration = .seconds(75)
    /// Without the peer taking a byte of the answer. Default: 30 s. Then the connection is closed.
    package var writeTimeout: Duration = .seconds(30)
    /// How long a refused peer's bytes are still thrown away, so that it reads the answer before the close. Default: 1 s.
    package var lingerTimeout: Duration = .seconds(1)
    /// Carried by answers to requests that reach no handler: malformed, too large, too slow. Default: none.
    package var headersOfRefusals: HTTPHeaders = [:]
    /// Certificate and key; nil: plain HTTP. Default: nil.
    package var tls: TLSContext?
    /// Decides on a request when its header section is complete, before any of its body is read.
    package var admit: @Sendable (HTTPRequestHead) -> HTTPAdmission = { _ in .accept() }

    package init() {}
}

/// What becomes of a request whose header section has arrived.
package enum HTTPAdmission: Sendable {
    /// Read the body, up to so many bytes (nil: as the server is configured), and hand the request to the handler, with
    /// `note` as its head's ``HTTPRequestHead/admission``.
    case accept(bodyBytesMax: Int? = nil, note: (any AnyObject & Sendable)? = nil)
    /// Answer at once and close the connection; the body is not read.
    case reject(HTTPStatus, headers: HTTPHeaders = [:], body: [UInt8] = [])
}

/// Why a server could not listen.
package enum HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
    case portInUse(host: String, port: UInt16)
    case permissionDenied(host: String, port: UInt16)
    case unknownHost(String)
    case addressNotAvailable(host: String)
    case stopped
    case system(code: Int32, host: String, port: UInt16)

    package var description: String {
        switch self {
        case .portInUse(let host, let port):
            "Port \(port) on \(host) is in use: stop the other program or choose another port."
        case .permissionDenied(let host, let port):
            "No permission to listen on port \(port) of \(host): ports below 1024 need privileges; choose a higher one."
        case .unknownHost(let host):
            "The host \(host) cannot be resolved: use an address of this machine, such as 127.0.0.1 or 0.0.0.0."
        case .addressNotAvailable(let host):
            "The address \(host) does not belong to this machine: use one that does, such as 127.0.0.1 or 0.0.0.0."
        case .stopped:
            "The server has been stopped: make a new one to listen again."
        case .system(let code, let host, let port):
            "Cannot listen on \(host), port \(port): \(uvMessage(-code))."
        }
    }
}
