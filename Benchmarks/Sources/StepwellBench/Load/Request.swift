/// The bytes of an HTTP request.
enum Request {
    static func post(_ path: String, body: String, headers: [(String, String)] = []) -> [UInt8] {
        Array(
            """
            POST \(path) HTTP/1.1\r
            Host: 127.0.0.1\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \(lines(headers))\r
            \(body)
            """.utf8)
    }

    static func get(_ path: String, headers: [(String, String)] = []) -> [UInt8] {
        Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(lines(headers))\r\n".utf8)
    }

    private static func lines(_ headers: [(String, String)]) -> String {
        headers.map { "\($0.0): \($0.1)\r\n" }.joined()
    }

    static let eventPath = "/e/\(ServerProcess.eventKey)"
}
