/// A request to the handler, whatever server received it.
public struct ServeRequest: Sendable {
    /// The method, in capitals.
    public let method: String
    /// Path and query as they came, such as `/api/inngest?fnId=shop-welcome&stepId=step`.
    public let target: String
    /// The body.
    public let body: [UInt8]

    private let find: @Sendable (String) -> String?

    /// A request as a server received it.
    public init(method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.init(method: method, target: target, body: body) { name in
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    init(method: String, target: String, body: [UInt8], find: @escaping @Sendable (String) -> String?) {
        self.method = method
        self.target = target
        self.body = body
        self.find = find
    }

    /// The first value of a header; names compare without regard to case.
    public func header(_ name: String) -> String? { find(name) }

    /// The target up to its query.
    public var path: Substring { target.prefix { $0 != "?" } }

    /// The first value of a query parameter, its percent-encoding resolved; nil if there is none.
    public func query(_ name: String) -> String? {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        for pair in target[target.utf8.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = parts.first, Self.decoded(key) == name else { continue }
            return parts.count > 1 ? Self.decoded(parts[1]) : ""
        }
        return nil
    }

    private static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
