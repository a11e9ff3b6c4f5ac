import FoundationEssentials
import Glibc
import Stepwell

/// One keep-alive connection for one request after the other; blocks.
final class PlainClient {
    struct Answer {
        let status: Int
        let tag: String?
        let body: [UInt8]

        func json() throws -> JSON { try JSONDecoder().decode(JSON.self, from: Data(body)) }
    }

    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)

    init(port: Int) throws { descriptor = try Socket.connect(port: port) }

    deinit { close(descriptor) }

    func get(_ path: String, headers: [(String, String)] = []) throws -> Answer {
        try exchange(Request.get(path, headers: headers))
    }

    func post(_ path: String, body: String, headers: [(String, String)] = []) throws -> Answer {
        try exchange(Request.post(path, body: body, headers: headers))
    }

    /// Sends events; each text is one event's JSON.
    /// - Returns: their ids.
    @discardableResult
    func send(_ events: [String]) throws -> [String] {
        let answer = try post(Request.eventPath, body: "[\(events.joined(separator: ","))]")
        guard answer.status == 200 else {
            throw BenchFailure(
                "events were answered with \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
        }
        guard case .array(let ids) = try answer.json()["ids"] else { return [] }
        return ids.compactMap(\.string)
    }

    /// Sends the same event many times, in arrays.
    func send(_ event: String, times count: Int, perRequest: Int = 1_000) throws {
        var left = count
        while left > 0 {
            let part = min(left, perRequest)
            try send(Array(repeating: event, count: part))
            left -= part
        }
    }

    /// Waits until one of the registered apps has this text in its name or URL.
    func waitForApp(_ text: String, token: String) throws {
        for _ in 0..<4_000 {
            let answer = try get("/api/apps", headers: [("Authorization", "Bearer \(token)")])
            if String(decoding: answer.body, as: UTF8.self).contains(text) { return }
            usleep(5_000)
        }
        throw BenchFailure("no worker of \(text) could register with the server")
    }

    private func exchange(_ request: [UInt8]) throws -> Answer {
        try Socket.send(request, to: descriptor)
        var filled = 0
        while true {
            if filled == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
            let count = buffer.withUnsafeMutableBytes { bytes in
                recv(descriptor, bytes.baseAddress.map { $0 + filled }, bytes.count - filled, 0)
            }
            guard count > 0 else { throw BenchFailure("the server closed the connection") }
            filled += count
            let answer = buffer.withUnsafeBytes { AnswerScanner.scan(UnsafeRawBufferPointer(rebasing: $0[..<filled])) }
            guard let answer, filled >= answer.count else { continue }
            let head = String(decoding: buffer[..<answer.headBytes], as: UTF8.self)
            return Answer(
                status: answer.status, tag: Self.tag(in: head), body: Array(buffer[answer.headBytes..<answer.count]))
        }
    }

    private static func tag(in head: String) -> String? {
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("etag: ") {
            return String(line.dropFirst("etag: ".count))
        }
        return nil
    }
}
