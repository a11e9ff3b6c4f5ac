import StepwellHTTP
import StepwellModel

/// Asks a server's API, and turns what goes wrong into what a person can do about it.
struct APIClient: Sendable {
    let url: HTTPURL
    private let token: String?
    private let client: HTTPClient
    private let dataFlag: DataFlag

    static let urlDefault = "http://127.0.0.1:8288"

    /// What `--data` means to a command.
    enum DataFlag: Sendable {
        /// The server's data file, beside which the token is.
        case file
        /// What is sent: the data file can only be named by environment and configuration file.
        case payload
    }

    struct Answer: Sendable {
        /// False when what the client has is still right.
        var isModified: Bool
        var tag: String?
        var json: RawJSON
    }

    init(url: HTTPURL, token: String?, dataFlag: DataFlag = .file) throws(CommandFailure) {
        self.url = url
        self.token = token
        self.dataFlag = dataFlag
        do throws(EventLoopError) {
            client = HTTPClient(loop: try EventLoop())
        } catch {
            throw CommandFailure(.failure, "\(error)")
        }
    }

    /// The server that the arguments name, with the token that is given or found beside the data file.
    init(
        _ arguments: Arguments, dataFlag: DataFlag = .file, in context: CommandContext
    ) throws(CommandFailure) {
        let data =
            switch dataFlag {
            case .file: try arguments.value(SharedOptions.data)
            case .payload: try arguments.hiddenValue(SharedOptions.data)
            }
        let url = try Self.url(arguments)
        var token = try arguments.value(SharedOptions.token)
        // A token that was only found is not sent to other machines.
        if token == nil, data != nil || Self.isLocal(url) {
            let path = OperatorToken.path(besideData: context.absolute(data ?? StartCommand.dataDefault))
            if OperatorToken.exists(path) { token = try OperatorToken.read(path) }
        }
        try self.init(url: url, token: token, dataFlag: dataFlag)
    }

    static func url(_ arguments: Arguments) throws(CommandFailure) -> HTTPURL {
        if let given = try arguments.value(SharedOptions.url) { return given }
        do throws(HTTPClientError) { return try HTTPURL(urlDefault) } catch { throw .usage("SW0521: \(error)") }
    }

    private static func isLocal(_ url: HTTPURL) -> Bool {
        url.host == "localhost" || SocketAddress(url.host, port: 0)?.isLoopback == true
    }

    // MARK: - Requests

    /// - Parameter wait: Hold the answer back so long unless it differs from the one that `tag` names.
    func get(
        _ path: String, _ query: [(name: String, value: String)] = [], tag: String? = nil, wait: Milliseconds? = nil
    ) throws(CommandFailure) -> Answer {
        var query = query
        if let wait { query.append(("wait", DurationText.format(wait))) }
        var request = HTTPClientRequest(method: .get, url: try address(path, query))
        if let tag { request.headers.add("If-None-Match", tag) }
        request.timeout = .seconds(30) + .milliseconds(wait?.count ?? 0)
        request.responseBytesMax = 256 << 20
        return try send(request)
    }

    func post(_ path: String, _ body: RawJSON? = nil) throws(CommandFailure) -> Answer {
        var request = HTTPClientRequest(method: .post, url: try address(path, []), body: body?.bytes ?? [])
        if body != nil { request.headers.add("Content-Type", "application/json") }
        return try send(request)
    }

    private func address(_ path: String, _ query: [(name: String, value: String)]) throws(CommandFailure) -> HTTPURL {
        let pairs = query.map { "\($0.name)=\(Self.encode($0.value))" }.joined(separator: "&")
        do throws(HTTPClientError) {
            return try url.resolving(pairs.isEmpty ? path : "\(path)?\(pairs)")
        } catch {
            throw .usage("SW0521: \(error)")
        }
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986, section 2.3.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for code in text.utf8 {
            switch code {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(code))
            default: encoded += "%" + (code < 16 ? "0" : "") + String(code, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    private func send(_ request: HTTPClientRequest) throws(CommandFailure) -> Answer {
        var request = request
        if let token { request.headers.add("Authorization", "Bearer \(token)") }
        let promise = Promise<Result<HTTPClientResponse, HTTPClientError>>()
        client.send(request) { promise.fulfil($0) }
        let response: HTTPClientResponse
        do throws(HTTPClientError) {
            response = try promise.wait().get()
        } catch {
            throw unreachable(error)
        }
        if response.status == 304 { return Answer(isModified: false, tag: response.headers["ETag"], json: .null) }
        guard response.status.isSuccess else { throw refusal(response) }
        do throws(JSONError) {
            let json = response.body.isEmpty ? RawJSON.null : try RawJSON(validating: response.body)
            return Answer(isModified: true, tag: response.headers["ETag"], json: json)
        } catch {
            throw CommandFailure(
                .failure, "SW0527: what answers at \(url) is no Stepwell server: \(error). Check --url.")
        }
    }

    // MARK: - What goes wrong

    private func unreachable(_ error: HTTPClientError) -> CommandFailure {
        CommandFailure(
            .unreachable,
            "SW0526: no server answers at \(url): \(error) Start one with `stepwell dev`, or name another with --url.")
    }

    private func refusal(_ response: HTTPClientResponse) -> CommandFailure {
        let body = try? RawJSON(validating: response.body)
        let reason = body?["error"]?.string.map(Shown.safe) ?? "it answered \(response.status)"
        let number = body?["code"]?.string.map { "\(Shown.safe($0)): " } ?? "SW0527: "
        if response.status == 401 {
            let way = dataFlag == .file ? "with --data FILE" : "in STEPWELL_DATA"
            return CommandFailure(
                .failure,
                "\(number)\(reason) The first `stepwell start` wrote the token to FILE.token beside its data file: "
                    + "name that file \(way), or give the token in STEPWELL_TOKEN.")
        }
        return CommandFailure(response.status == 404 ? .notFound : .failure, number + reason)
    }
}
