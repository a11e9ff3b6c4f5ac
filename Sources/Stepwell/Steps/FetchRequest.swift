/// A request that the server makes on a function's behalf.
public struct FetchRequest: Sendable, Hashable {
    /// An absolute `http` or `https` URL.
    public var url: String
    /// `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`. Default: `GET`.
    public var method: String
    /// Names and values. Default: none.
    public var headers: [String: String]
    /// The body; nil for none. Default: none.
    public var body: String?

    /// A request for `url`.
    public init(_ url: String, method: String = "GET", headers: [String: String] = [:], body: String? = nil) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
    }
}

/// The answer to a ``FetchRequest``, whatever its status.
public struct FetchResponse: Sendable, Hashable, Codable {
    /// The status, such as 200.
    public let status: Int
    /// Names as they were sent; values of one name are joined by commas.
    public let headers: [String: String]
    /// The body as text; bytes that are no UTF-8 are replaced.
    public let body: String
    /// Where the answer came from, after redirects.
    public let url: String

    /// Whether the status is 200 to 299.
    public var isSuccess: Bool { 200..<300 ~= status }

    /// The values of `name`, whatever its case, joined by commas; nil when there is none.
    public func header(_ name: String) -> String? {
        headers.first { $0.key.lowercased() == name.lowercased() }?.value
    }

    private enum CodingKeys: String, CodingKey {
        case status = "status_code"
        case headers
        case body
        case url
    }
}
