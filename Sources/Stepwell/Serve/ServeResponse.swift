import StepwellModel

/// The handler's answer, for whatever server received the request.
public struct ServeResponse: Sendable {
    /// What is sent behind the headers.
    public enum Body: Sendable {
        /// All of it.
        case bytes([UInt8])
        /// Pieces, each to be sent as it comes.
        case stream(AsyncStream<[UInt8]>)
    }

    /// The status, such as 200.
    public var status: Int
    /// The headers; length and connection are the server's business.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: Body

    /// An answer.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer of text. Default type: `text/plain`.
    public static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8")
        -> ServeResponse
    {
        ServeResponse(status: status, headers: [("Content-Type", type)], body: .bytes(Array(text.utf8)))
    }

    /// An answer of JSON.
    ///
    /// - Throws: `EncodingError` if the value cannot be written.
    public static func json(_ value: some Encodable, status: Int = 200) throws -> ServeResponse {
        let body = try Codec.encode(value).bytes
        return ServeResponse(status: status, headers: [("Content-Type", "application/json")], body: .bytes(body))
    }
}

extension ServeRequest {
    /// Reads the body as JSON.
    ///
    /// - Throws: ``StepwellError`` with code SW0225 if it is no JSON, or of another shape.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        do {
            return try Codec.decode(type, from: body[...])
        } catch {
            throw StepwellError(.requestInvalid, "the body is no \(type): \(Codec.explain(error))")
        }
    }
}
