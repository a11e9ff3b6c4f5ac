import StepwellHTTP

/// How requests leave the process: over one connection pool for all clients, on a loop that starts with the first request.
struct Transport: Sendable {
    struct Request: Sendable {
        var method = HTTPMethod.post
        var url: String
        var headers: [(String, String)]
        var body: [UInt8] = []
        var timeout: Duration = .seconds(30)
        var responseBytesMax = 64 << 20
    }

    struct Response: Sendable {
        let status: Int
        let body: [UInt8]
    }

    /// Why there is no response.
    struct Failure: Error {
        let reason: String
    }

    let response: @Sendable (Request) async throws(Failure) -> Response

    static let http = Transport { (request) throws(Failure) in try await Self.send(request) }

    private static let client: Result<HTTPClient, EventLoopError> = {
        do throws(EventLoopError) {
            return .success(HTTPClient(loop: try EventLoop()))
        } catch {
            return .failure(error)
        }
    }()

    private static func send(_ request: Request) async throws(Failure) -> Response {
        do {
            var message = HTTPClientRequest(
                method: request.method, url: try HTTPURL(request.url), headers: HTTPHeaders(request.headers),
                body: request.body)
            message.timeout = request.timeout
            message.responseBytesMax = request.responseBytesMax
            let response = try await client.get().response(to: message)
            return Response(status: response.status.code, body: response.body)
        } catch {
            throw Failure(reason: "\(error)")
        }
    }
}
