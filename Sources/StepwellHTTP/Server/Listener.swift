import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A listening socket. Opened on any thread, then used on its loop's thread only.
///
/// Connections are accepted by hand rather than through `uv_listen`, so that a server at its limit leaves them in the kernel's
/// queue, and so that they can be given to several loops.
final class Listener: LoopResource {
    private let loop: EventLoop
    private let descriptor: Int32
    private let accepted: (Int32) -> Void
    private var poll: UnsafeMutablePointer<uv_poll_t>?
    private var retry: LoopTimer?
    private var isPaused = false

    /// `accepted` gets each new socket and must close it.
    init(loop: EventLoop, descriptor: Int32, accepted: @escaping (Int32) -> Void) {
        self.loop = loop
        self.descriptor = descriptor
        self.accepted = accepted
        let poll = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
        guard uv_poll_init(loop.handle, poll, descriptor) == 0 else {
            poll.deallocate()
            return
        }
        poll.pointee.data = Unmanaged.passRetained(self).toOpaque()
        self.poll = poll
        loop.add(self)
        start()
    }

    private func start() {
        guard let poll, !isPaused else { return }
        uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { poll, _, _ in
            poll?.pointee.data.map { Unmanaged<Listener>.fromOpaque($0).takeUnretainedValue().acceptAll() }
        }
    }

    func pause() {
        isPaused = true
        if let poll { uv_poll_stop(poll) }
    }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        start()
    }

    private func acceptAll() {
        // Bounded, so that a flood of connections does not starve those that are open.
        for _ in 0..<64 where !isPaused && poll != nil {
            let socket = accept(descriptor, nil, nil)
            guard socket < 0 else {
                _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
                accepted(socket)
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return waitForDescriptors()
            default: return
            }
        }
    }

    /// Out of descriptors: the waiting connection would wake the loop at once again, so look again a little later.
    private func waitForDescriptors() {
        guard let poll else { return }
        uv_poll_stop(poll)
        let timer = retry ?? LoopTimer(loop: loop) { [weak self] in self?.start() }
        retry = timer
        timer.start(after: 100)
    }

    func close() {
        guard let poll else { return }
        self.poll = nil
        retry?.close()
        retry = nil
        loop.remove(self)
        uv_close(UnsafeMutableRawPointer(poll).assumingMemoryBound(to: uv_handle_t.self)) { closed in
            guard let closed, let data = closed.pointee.data else { return }
            UnsafeMutableRawPointer(closed).assumingMemoryBound(to: uv_poll_t.self).deallocate()
            let listener = Unmanaged<Listener>.fromOpaque(data).takeRetainedValue()
            _ = platformClose(listener.descriptor)
        }
    }

    // MARK: Opening

    /// Binds and listens; the address returned names the real port when 0 was asked for.
    static func open(host: String, port: UInt16) throws(HTTPServerError) -> (descriptor: Int32, address: SocketAddress)
    {
        let address = try resolve(host: host, port: port)
        let descriptor = socket(address.isIPv6 ? AF_INET6 : AF_INET, streamType, 0)
        guard descriptor >= 0 else { throw .system(code: errno, host: host, port: port) }
        SocketOptions.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        let failure = address.withSockaddr { bind(descriptor, $0, address.sockaddrLength) }
        guard failure == 0, listen(descriptor, 1_024) == 0 else {
            let code = errno
            _ = platformClose(descriptor)
            throw error(code: code, host: host, port: port)
        }
        return (descriptor, localAddress(of: descriptor) ?? address)
    }

    private static var streamType: Int32 {
        #if canImport(Glibc)
            Int32(SOCK_STREAM.rawValue)
        #else
            SOCK_STREAM
        #endif
    }

    private static func resolve(host: String, port: UInt16) throws(HTTPServerError) -> SocketAddress {
        if let address = SocketAddress(host, port: port) { return address }
        var hints = addrinfo()
        hints.ai_socktype = streamType
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0, let list else { throw .unknownHost(host) }
        defer { freeaddrinfo(list) }
        let addresses = sequence(first: list) { $0.pointee.ai_next }.compactMap { SocketAddress($0.pointee.ai_addr) }
        // A name such as localhost means both families; IPv4 is what most clients try or fall back to.
        guard var address = addresses.first(where: { !$0.isIPv6 }) ?? addresses.first else { throw .unknownHost(host) }
        address.port = port
        return address
    }

    private static func error(code: Int32, host: String, port: UInt16) -> HTTPServerError {
        switch code {
        case EADDRINUSE: .portInUse(host: host, port: port)
        case EACCES: .permissionDenied(host: host, port: port)
        case EADDRNOTAVAIL: .addressNotAvailable(host: host)
        default: .system(code: code, host: host, port: port)
        }
    }

    private static func localAddress(of descriptor: Int32) -> SocketAddress? {
        nameOf(descriptor, getsockname)
    }

    /// The other end of a connected socket.
    static func peerAddress(of descriptor: Int32) -> SocketAddress? {
        nameOf(descriptor, getpeername)
    }

    private static func nameOf(
        _ descriptor: Int32,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            let address = UnsafeMutableRawPointer(storage).assumingMemoryBound(to: sockaddr.self)
            return ask(descriptor, address, &length) == 0 ? SocketAddress(address) : nil
        }
    }
}

/// The system's `close`, for methods of types that have a `close` of their own.
func platformClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
