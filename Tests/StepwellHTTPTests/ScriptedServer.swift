import Dispatch
import Synchronization
import Testing

@testable import StepwellHTTP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A server that says exactly the bytes of a script, each connection on a thread of its own.
final class ScriptedServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let accepted = Atomic<Int>(0)
    private let isClosed = Atomic<Bool>(false)

    /// `script` gets the socket and the number of the connection, from 0.
    init(backlog: Int32 = 64, script: @escaping @Sendable (RawSocket, Int) -> Void) throws {
        let (descriptor, address) = try Listener.open(host: "127.0.0.1", port: 0)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        listen(descriptor, backlog)
        listener = descriptor
        port = address.port
        guard backlog > 0 else { return }
        DispatchQueue(label: "accept").async { [weak self] in
            while true {
                let socket = accept(descriptor, nil, nil)
                guard socket >= 0, let index = self?.accepted.add(1, ordering: .relaxed).oldValue else { return }
                // A serial queue of its own gets a thread at once, however many scripts block.
                DispatchQueue(label: "script").async { script(RawSocket(descriptor: socket), index) }
            }
        }
    }

    /// A server that reads one request a connection, answers with the bytes and closes.
    convenience init(answer: String) throws {
        try self.init { socket, _ in
            _ = socket.read(until: "\r\n\r\n")
            socket.send(answer)
        }
    }

    /// Connections taken so far.
    var connectionCount: Int { accepted.load(ordering: .relaxed) }

    func stopListening() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    deinit { stopListening() }

    func request(_ target: String = "/", method: HTTPMethod = .get, body: [UInt8] = []) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(
            method: method, url: try HTTPURL("http://127.0.0.1:\(port)\(target)"), body: body)
        request.timeout = .seconds(120)
        return request
    }
}
