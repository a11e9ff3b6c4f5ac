import StepwellCore
import StepwellHTTP
import StepwellModel

/// The request that the options of a `Gateway` or `AIGateway` operation describe (PROTOCOL §3.5).
struct GatewayRequest: Sendable {
    /// Of the answer's body, which becomes a step's result.
    static let responseBytesMax = 4 << 20
    /// What the client writes itself, or what would make the answer unreadable.
    private static let ownHeaders: Set<String> = [
        "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    var request: HTTPClientRequest
    /// Never to be repeated in what people read.
    let secrets: [String]

    /// - Parameter hosts: The only ones that it may go to.
    init(_ options: RawJSON, isInference: Bool, to hosts: AllowedHosts) throws(GatewayProblem) {
        guard let text = options["url"]?.string, !text.isEmpty else { throw .invalid("opts.url names no URL.") }
        let format = isInference ? InferenceFormat(options["format"]?.string ?? "") : nil
        let secret = options["auth_key"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let url = try Self.url(format?.completing(text, with: secret) ?? text)
        try Self.check(url, hosts)
        request = HTTPClientRequest(method: isInference ? .post : try Self.method(options), url: url)
        try Self.add(options["headers"], to: &request.headers)
        request.body = try Self.body(options["body"], isInference: isInference)
        if !request.body.isEmpty, !request.headers.contains("Content-Type") {
            request.headers.add("Content-Type", isInference ? "application/json" : "text/plain;charset=UTF-8")
        }
        if !request.headers.contains("User-Agent") { request.headers.add("User-Agent", "stepwell") }
        if let field = format?.header(for: secret) { request.headers.set(field.name, field.value) }
        guard request.headers.isWellFormed else { throw .invalid("A header's name or value cannot be sent.") }
        request.responseBytesMax = Self.responseBytesMax
        secrets = Self.secrets(request.headers, key: secret, url: text)
    }

    /// The key, what the headers and the URL carry beside it, and all of them as a URL spells them, or as it means them. The longest come first,
    /// so that none leaves a rest of another.
    private static func secrets(_ headers: HTTPHeaders, key: String?, url: String) -> [String] {
        var secrets = GatewayOptions.secrets(inURL: url)
        for (name, value) in headers where !GatewayOptions.harmlessHeaders.contains(name.lowercased()) {
            // A scheme in front, such as Bearer, is no secret.
            secrets += [value, value.split(separator: " ").last.map(String.init) ?? value]
        }
        secrets.removeAll { $0.utf8.count < guessableBytes }
        if let key { secrets.append(key) }
        secrets += secrets.map(PercentCoding.encode) + secrets.compactMap { PercentCoding.decode($0) }
        return Set(secrets).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// What is shorter, such as a version, would blot out the text and hide nothing.
    private static let guessableBytes = 6

    private static func url(_ text: String) throws(GatewayProblem) -> HTTPURL {
        let url: HTTPURL
        do throws(HTTPClientError) {
            url = try HTTPURL(text)
        } catch {
            throw .invalid(
                "opts.url must be an absolute http or https URL, percent-encoded and without a user's name.")
        }
        return url
    }

    /// Addresses that nobody may call are refused before anything is sent; names are held to the same when they are looked up.
    static func check(_ url: HTTPURL, _ hosts: AllowedHosts) throws(GatewayProblem) {
        guard hosts.allow(url) else {
            throw GatewayProblem(
                message:
                    "\(url.host) is not one of the hosts that requests of steps may go to: add it with --fetch-host.",
                code: "host_refused", isRetriable: false)
        }
        guard let address = SocketAddress(url.host, port: url.port), !AppURLRules.mayCall(address) else { return }
        throw GatewayProblem(
            message: "The address \(url.host) may not be called: it is link-local or a metadata service.",
            code: "address_refused", isRetriable: false)
    }

    private static func method(_ options: RawJSON) throws(GatewayProblem) -> HTTPMethod {
        let name = (options["method"]?.string ?? "").uppercased()
        if name.isEmpty { return .post }
        let methods: [HTTPMethod] = [.get, .head, .post, .put, .patch, .delete, .options]
        guard let method = methods.first(where: { $0.name == name }) else {
            throw .invalid("opts.method is not one of \(methods.map(\.name).joined(separator: ", ")).")
        }
        return method
    }

    private static func add(_ given: JSONSlice?, to headers: inout HTTPHeaders) throws(GatewayProblem) {
        guard let given, !given.isNull else { return }
        let isObject = try given.forEachMember { (name, value) throws(GatewayProblem) in
            let name = name.string
            guard !ownHeaders.contains(name.lowercased()) else { return }
            let values = value.elements ?? [value]
            for value in values {
                guard let text = value.string else { throw .invalid("The header \(name) must be a string.") }
                headers.add(name, text)
            }
        }
        guard isObject else { throw .invalid("opts.headers must be an object of strings.") }
    }

    /// A text as it is; for inference any JSON.
    private static func body(_ given: JSONSlice?, isInference: Bool) throws(GatewayProblem) -> [UInt8] {
        guard let given, !given.isNull else { return [] }
        if let text = given.string { return Array(text.utf8) }
        guard isInference else { throw .invalid("opts.body must be a string.") }
        return Array(given.bytes)
    }
}

/// How a provider of inference wants to be shown its key.
enum InferenceFormat: String {
    case openAIChat = "openai-chat"
    case anthropic
    case gemini
    case bedrock

    /// Most providers speak as the first one does, under whatever name.
    init(_ text: String) { self = Self(rawValue: text) ?? .openAIChat }

    func header(for key: String?) -> (name: String, value: String)? {
        guard let key else { return nil }
        return switch self {
        case .openAIChat: ("Authorization", "Bearer \(key)")
        case .anthropic: ("x-api-key", key)
        case .gemini: nil
        // The value is a signature that the SDK has made, and is passed on.
        case .bedrock: ("Authorization", key)
        }
    }

    func completing(_ url: String, with key: String?) -> String {
        guard self == .gemini, let key else { return url }
        return "\(url)\(url.contains("?") ? "&" : "?")key=\(PercentCoding.encode(key))"
    }
}
