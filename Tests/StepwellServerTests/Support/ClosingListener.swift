import Glibc
import StepwellHTTP

/// Accepts connections, reads what comes, and closes without a word.
final class ClosingListener: Sendable {
    struct Failure: Error {}

    private let loop: EventLoop
    private let socket: Int32
    let port: UInt16

    init() throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int32 in
                bind(socket, address, length) + listen(socket, 16) + getsockname(socket, address, &length)
            }
        }
        guard result == 0 else { throw Failure() }
        self.socket = socket
        port = UInt16(bigEndian: address.sin_port)
        loop = try EventLoop()
        loop.post {
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { return }
                var buffer = [UInt8](repeating: 0, count: 65_536)
                _ = recv(connection, &buffer, buffer.count, 0)
                close(connection)
            }
        }
    }

    func stop() {
        shutdown(socket, Int32(SHUT_RDWR))
        loop.stop()
        close(socket)
    }
}
