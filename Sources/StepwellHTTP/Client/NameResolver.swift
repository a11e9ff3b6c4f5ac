import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The addresses of one host. Used on its loop's thread only.
///
/// Look-ups run on libuv's pool of threads. Those who ask while one runs share its answer, which is kept for a second, so
/// that a burst of new connections makes one look-up.
final class NameResolver {
    typealias Answer = Result<[SocketAddress], HTTPClientError>

    private static let keptMilliseconds: UInt64 = 1_000

    private let loop: EventLoop
    private let host: String
    private let port: UInt16
    private var waiting: [(Answer) -> Void] = []
    private var kept: (addresses: [SocketAddress], until: UInt64)?

    init(loop: EventLoop, host: String, port: UInt16) {
        self.loop = loop
        self.host = host
        self.port = port
    }

    /// IPv6 addresses first, then IPv4; never an empty list.
    func resolve(_ completion: @escaping (Answer) -> Void) {
        if let address = SocketAddress(host, port: port) { return completion(.success([address])) }
        if let kept, loop.turnTime < kept.until { return completion(.success(kept.addresses)) }
        waiting.append(completion)
        if waiting.count == 1 { start() }
    }

    private func start() {
        let request = UnsafeMutablePointer<uv_getaddrinfo_t>.allocate(capacity: 1)
        request.pointee.data = Unmanaged.passRetained(self).toOpaque()
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        let code = uv_getaddrinfo(
            loop.handle, request,
            { request, code, list in
                guard let request, let data = request.pointee.data else { return }
                request.deallocate()
                let resolver = Unmanaged<NameResolver>.fromOpaque(data).takeRetainedValue()
                resolver.resolved(code, list)
                uv_freeaddrinfo(list)
                resolver.loop.flushDirty()
            }, host, nil, &hints)
        guard code != 0 else { return }
        Unmanaged.passUnretained(self).release()
        request.deallocate()
        resolved(code, nil)
    }

    private func resolved(_ code: Int32, _ list: UnsafeMutablePointer<addrinfo>?) {
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if var address = SocketAddress(entry.pointee.ai_addr) {
                address.port = port
                if !addresses.contains(address) { addresses.append(address) }
            }
            next = entry.pointee.ai_next
        }
        let ordered = addresses.filter(\.isIPv6) + addresses.filter { !$0.isIPv6 }
        let isFound = code == 0 && !ordered.isEmpty
        if isFound { kept = (ordered, loop.now + Self.keptMilliseconds) }
        let completions = waiting
        waiting = []
        for completion in completions { completion(isFound ? .success(ordered) : .failure(.nameNotFound(host))) }
    }
}
