#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Options of TCP sockets that libuv does not set.
enum SocketOptions {
    /// Has the kernel end a connection whose peer vanished: probes every `intervalSeconds` once it was silent for
    /// `idleSeconds`, and gives up after `count` of them, or when sent bytes stay unacknowledged for as long as all that takes.
    static func probePeer(_ descriptor: Int32, idleSeconds: Int32, intervalSeconds: Int32, count: Int32) {
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        #if canImport(Glibc)
            let protocolTCP = Int32(IPPROTO_TCP)
            set(descriptor, protocolTCP, TCP_KEEPIDLE, idleSeconds)
            set(descriptor, protocolTCP, TCP_KEEPINTVL, intervalSeconds)
            set(descriptor, protocolTCP, TCP_KEEPCNT, count)
            set(descriptor, protocolTCP, TCP_USER_TIMEOUT, (idleSeconds + intervalSeconds * count) * 1_000)
        #elseif canImport(Darwin)
            set(descriptor, IPPROTO_TCP, TCP_KEEPALIVE, idleSeconds)
            set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, intervalSeconds)
            set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, count)
        #endif
    }

    /// An option that a kernel lacks is not worth refusing a connection for: the deadlines still hold.
    static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
