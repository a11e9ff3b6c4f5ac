import CCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One https request in libcurl. Used on its loop's thread only; libcurl finds it unretained, the driver holds it.
final class CurlTransfer {
    let call: HTTPCall
    let easy: UnsafeMutableRawPointer
    private let configuration: HTTPClientConfiguration
    private var lines: UnsafeMutablePointer<curl_slist>?
    private let reason: UnsafeMutablePointer<CChar>
    private var deadline: DeadlineTimer?
    private var headers = HTTPHeaders()
    private var headBytes = 0
    private var answerBegan = false
    private var body: [UInt8] = []
    /// Why a callback of ours made libcurl give up.
    private var fault: HTTPClientError?
    private var refused: SocketAddress?
    private var hasTried = false

    /// Nil when libcurl has no memory.
    init?(call: HTTPCall, driver: CurlDriver) {
        guard let easy = curl_easy_init() else { return nil }
        self.call = call
        self.easy = easy
        configuration = driver.configuration
        reason = .allocate(capacity: Int(CURL_ERROR_SIZE))
        reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        // libcurl's own timeout does not count the wait for a connection.
        deadline = DeadlineTimer(loop: driver.loop) { [weak call] in call?.fail(.timeout) }
        deadline?.set(at: call.deadline)
        setConnection()
        setRequest()
        setCallbacks()
    }

    /// After the driver took the transfer out of libcurl.
    func free() {
        curl_easy_cleanup(easy)
        curl_slist_free_all(lines)
        reason.deallocate()
        deadline?.close()
        deadline = nil
    }

    // MARK: Options

    private func set(_ option: CURLoption, _ value: Int) { stepwell_curl_set_number(easy, option, value) }

    /// libcurl copies strings.
    private func set(_ option: CURLoption, _ value: String) {
        value.withCString { _ = stepwell_curl_set_pointer(easy, option, $0) }
    }

    private func setConnection() {
        set(CURLOPT_URL, call.request.url.description)
        set(CURLOPT_PROTOCOLS_STR, "https")
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_NOSIGNAL, 1)
        // A proxy from the environment would bypass the address policy.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file = configuration.certificateAuthorityFile { set(CURLOPT_CAINFO, file) }
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: max(1, call.request.connectTimeout.millisecondsRoundedUp)))
        set(CURLOPT_MAXAGE_CONN, Int(clamping: max(1, configuration.idleTimeout.components.seconds)))
        stepwell_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, reason)
    }

    private func setRequest() {
        let request = call.request
        switch request.method {
        case .get where request.body.isEmpty: set(CURLOPT_HTTPGET, 1)
        case .head: set(CURLOPT_NOBODY, 1)
        default:
            let hasBody =
                !request.body.isEmpty || request.method == .post || request.method == .put || request.method == .patch
            if hasBody {
                set(CURLOPT_POST, 1)
                stepwell_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
                request.body.withUnsafeBytes {
                    // An empty body still needs an address, else libcurl would ask a callback for it.
                    _ = stepwell_curl_set_pointer(
                        easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(reason))
                }
            }
            set(CURLOPT_CUSTOMREQUEST, request.method.name)
        }
        stepwell_curl_set_size(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(request.responseBytesMax))
        // The empty string: every coding that this libcurl can decode.
        if request.asksForCodings { set(CURLOPT_ACCEPT_ENCODING, "") }
        setHeaders(request)
    }

    private static let framingFields: Set = ["host", "content-length", "transfer-encoding", "connection"]

    private func setHeaders(_ request: HTTPClientRequest) {
        for (name, value) in request.headers where !Self.framingFields.contains(name.lowercased()) {
            append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        // A name without a value takes back what libcurl would add on its own.
        for name in ["Accept", "Content-Type", "Expect"] where !request.headers.contains(name) { append("\(name):") }
        stepwell_curl_set_pointer(easy, CURLOPT_HTTPHEADER, lines)
    }

    private func append(_ line: String) {
        if let longer = curl_slist_append(lines, line) { lines = longer }
    }

    // MARK: Callbacks

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        stepwell_curl_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            CurlTransfer.from(context)?.addLine(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        stepwell_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        stepwell_curl_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            CurlTransfer.from(context)?.addBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        stepwell_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        stepwell_curl_set_open_socket(
            easy,
            { context, purpose, address in
                guard purpose == CURLSOCKTYPE_IPCXN, let address else { return -1 }
                return CurlTransfer.from(context)?.openSocket(address) ?? -1
            }, context)
    }

    /// Any number but the count of bytes makes libcurl give up.
    private func addLine(_ bytes: UnsafeRawBufferPointer) -> Int {
        answerBegan = true
        headBytes += bytes.count
        guard headBytes <= configuration.headBytesMax else {
            fault = .responseHeadTooLarge(bytesMax: configuration.headBytesMax)
            return 0
        }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // The final answer follows an interim one.
            headers = HTTPHeaders()
        } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r\n" || $0 == "\n" || $0 == "\r" }
            let value = line[line.index(after: colon)...].drop(while: isBlank)
            let end = value.lastIndex { !isBlank($0) }.map(value.index(after:)) ?? value.startIndex
            headers.add(String(line[..<colon]), String(value[..<end]))
        }
        return bytes.count
    }

    private func addBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= call.request.responseBytesMax - body.count else {
            fault = .responseTooLarge(bytesMax: call.request.responseBytesMax)
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        // The member is declared as the shortest kind of address; the memory holds the whole one.
        let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0
        let peer = SocketAddress((UnsafeRawPointer(address) + offset).assumingMemoryBound(to: sockaddr.self))
        guard let peer, configuration.addressPolicy(peer) else {
            refused = refused ?? peer
            return -1
        }
        hasTried = true
        let descriptor = socket(address.pointee.family, address.pointee.socktype, address.pointee.protocol)
        guard descriptor >= 0 else { return -1 }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        SocketOptions.probePeer(descriptor, idleSeconds: 10, intervalSeconds: 5, count: 3)
        return descriptor
    }

    // MARK: Outcome

    func outcome(_ code: CURLcode) -> Result<HTTPClientResponse, HTTPClientError> {
        guard code == CURLE_OK else { return .failure(error(code)) }
        var status = 0
        stepwell_curl_get_number(easy, CURLINFO_RESPONSE_CODE, &status)
        if call.request.asksForCodings, headers.contains("Content-Encoding"), !body.isEmpty {
            headers.remove("Content-Encoding")
            headers.remove("Content-Length")
        }
        return .success(HTTPClientResponse(status: HTTPStatus(status), headers: headers, body: body))
    }

    private func error(_ code: CURLcode) -> HTTPClientError {
        if let fault { return fault }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return .nameNotFound(call.request.url.host)
        case CURLE_COULDNT_CONNECT: return connectError
        case CURLE_OPERATION_TIMEDOUT: return .connectTimeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            return .tlsFailed(text(code))
        case CURLE_GOT_NOTHING: return .connectionClosed(answerBegan: false)
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: return .connectionClosed(answerBegan: answerBegan)
        case CURLE_FILESIZE_EXCEEDED: return .responseTooLarge(bytesMax: call.request.responseBytesMax)
        default: return .malformedResponse(text(code))
        }
    }

    private var connectError: HTTPClientError {
        if let refused, !hasTried { return .addressRefused(refused) }
        var code = 0
        stepwell_curl_get_number(easy, CURLINFO_OS_ERRNO, &code)
        switch Int32(clamping: code) {
        case ECONNREFUSED: return .connectionRefused(call.request.url.authority)
        case ETIMEDOUT: return .connectTimeout
        default: return .connectFailed(text(CURLE_COULDNT_CONNECT))
        }
    }

    private func text(_ code: CURLcode) -> String {
        if reason.pointee != 0 { return String(cString: reason) }
        return curl_easy_strerror(code).map { String(cString: $0) } ?? "libcurl's code \(code.rawValue)"
    }
}
