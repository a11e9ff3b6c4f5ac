/// How requests leave the process.
struct Transport: Sendable {
    struct Request: Sendable {
        var method = "POST"
        var url: String
        var headers: [(String, String)]
        var body: [UInt8] = []
        var timeout: Duration = .seconds(30)
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
}

extension Transport {
    /// Over HTTP.
    static let http = Transport { (_) throws(Failure) in
        throw Failure(reason: "requests over HTTP follow with the next commits")
    }
}
