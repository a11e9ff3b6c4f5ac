// Which C module the fields of `sockaddr` count to depends on which one the compiler met first: all are imported.
import CCurl
import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IPv4 or IPv6 address with a port.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address in network order: 4 bytes or 16.
    package let octets: [UInt8]
    package var port: UInt16
    /// The interface of a link-local IPv6 address; 0 when none is named.
    package let scope: UInt32

    package var isIPv6: Bool { octets.count == 16 }

    /// Reads an address without a name look-up, such as `127.0.0.1`, `::1` or `fe80::1%eth0`; nil when `text` is no address.
    package init?(_ text: String, port: UInt16) {
        var address4 = in_addr()
        if inet_pton(AF_INET, text, &address4) == 1 {
            self.init(octets: withUnsafeBytes(of: &address4) { Array($0) }, port: port)
            return
        }
        let parts = text.split(separator: "%", maxSplits: 1)
        var address6 = in6_addr()
        guard let first = parts.first, inet_pton(AF_INET6, String(first), &address6) == 1 else { return nil }
        let scope = parts.count == 2 ? UInt32(parts[1]) ?? if_nametoindex(String(parts[1])) : 0
        self.init(octets: withUnsafeBytes(of: &address6) { Array($0) }, port: port, scope: scope)
    }

    init(octets: [UInt8], port: UInt16, scope: UInt32 = 0) {
        self.octets = octets
        self.port = port
        self.scope = scope
    }

    /// Copies a system address; nil for families other than IPv4 and IPv6.
    init?(_ address: UnsafePointer<sockaddr>?) {
        guard let address else { return nil }
        let raw = UnsafeRawPointer(address)
        switch Int32(raw.loadUnaligned(as: sockaddr_in.self).sin_family) {
        case AF_INET:
            var four = raw.loadUnaligned(as: sockaddr_in.self)
            self.init(
                octets: withUnsafeBytes(of: &four.sin_addr) { Array($0) }, port: UInt16(bigEndian: four.sin_port))
        case AF_INET6:
            var six = raw.loadUnaligned(as: sockaddr_in6.self)
            self.init(
                octets: withUnsafeBytes(of: &six.sin6_addr) { Array($0) },
                port: UInt16(bigEndian: six.sin6_port), scope: six.sin6_scope_id)
        default:
            return nil
        }
    }

    /// Lends the address in the system's form.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        if isIPv6 {
            var six = sockaddr_in6()
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            six.sin6_scope_id = scope
            withUnsafeMutableBytes(of: &six.sin6_addr) { $0.copyBytes(from: octets) }
            return Self.lend(&six, body)
        }
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = port.bigEndian
        withUnsafeMutableBytes(of: &four.sin_addr) { $0.copyBytes(from: octets) }
        return Self.lend(&four, body)
    }

    private static func lend<Address, Result>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafePointer(to: &address) { pointer in
            body(UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self))
        }
    }

    var sockaddrLength: socklen_t {
        socklen_t(isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
    }

    /// The IPv4 address that an IPv6 address carries: mapped (`::ffff:0:0/96`), compatible (`::/96`) or NAT64
    /// (`64:ff9b::/96`); an IPv4 address itself. What is refused must be refused in every spelling.
    package var ipv4Octets: [UInt8]? {
        guard isIPv6 else { return octets }
        let head = octets[..<12]
        let zeros = [UInt8](repeating: 0, count: 10)
        let isMapped = head.elementsEqual(zeros + [0xff, 0xff])
        let isCompatible = head.elementsEqual(zeros + [0, 0]) && octets[12] != 0
        let isNAT64 = head.elementsEqual([0x00, 0x64, 0xff, 0x9b] + zeros[..<8])
        return isMapped || isCompatible || isNAT64 ? Array(octets[12...]) : nil
    }

    package var isLoopback: Bool {
        if let ipv4Octets { return ipv4Octets[0] == 127 }
        return octets.elementsEqual([UInt8](repeating: 0, count: 15) + [1])
    }

    /// 169.254.0.0/16 and fe80::/10, the former being where most clouds serve a machine's credentials.
    package var isLinkLocal: Bool {
        if let ipv4Octets { return ipv4Octets[0] == 169 && ipv4Octets[1] == 254 }
        return octets[0] == 0xfe && octets[1] & 0xc0 == 0x80
    }

    /// Metadata services outside the link-local ranges, as their clouds document them. Azure's answers for the machine's agent
    /// and holds its certificates.
    package var isMetadataService: Bool {
        if let ipv4Octets { return Self.metadataServices4.contains(ipv4Octets) }
        return Self.metadataServices6.contains(octets)
    }

    /// Alibaba, Oracle, Azure (WireServer).
    private static let metadataServices4: Set<[UInt8]> = [
        [100, 100, 100, 200], [192, 0, 0, 192], [168, 63, 129, 16],
    ]

    /// AWS (fd00:ec2::254) and Google (fd20:ce::254).
    private static let metadataServices6: Set<[UInt8]> = [
        [0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
        [0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
    ]

    /// The address as text, without its port.
    package var host: String {
        let capacity = Int(INET6_ADDRSTRLEN)
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer -> String in
            let family = isIPv6 ? AF_INET6 : AF_INET
            guard let base = buffer.baseAddress else { return "" }
            let result = octets.withUnsafeBytes { inet_ntop(family, $0.baseAddress, base, socklen_t(capacity)) }
            return result.map { String(cString: $0) } ?? ""
        }
        return scope == 0 ? text : "\(text)%\(scope)"
    }

    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
