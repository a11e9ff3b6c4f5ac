import CCurl
import CUV

/// libcurl's multi interface on a loop: it carries the https requests of a client. Used on its loop's thread only.
///
/// libcurl says which sockets and which timer it waits for; libuv tells it when they are due. libcurl finds this object
/// unretained: the client holds it until ``close()``, which frees the multi handle.
final class CurlDriver: LoopResource {
    let loop: EventLoop
    let configuration: HTTPClientConfiguration
    private var multi: UnsafeMutableRawPointer?
    private var timer: LoopTimer?
    private var sockets: [curl_socket_t: CurlSocket] = [:]
    private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]

    /// libcurl must be set up once in a process before anything else; it is thread-safe since 7.84.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Nil when libcurl cannot be set up.
    init?(loop: EventLoop, configuration: HTTPClientConfiguration) {
        guard Self.isReady, let multi = curl_multi_init() else { return nil }
        self.loop = loop
        self.configuration = configuration
        self.multi = multi
        timer = LoopTimer(loop: loop) { [weak self] in self?.act(on: Self.timeoutSocket, events: 0) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        stepwell_curl_multi_set_socket_callback(
            multi,
            { _, socket, what, context, _ in
                CurlDriver.from(context)?.watch(socket, for: what)
                return 0
            }, context)
        stepwell_curl_multi_set_timer_callback(
            multi,
            { _, milliseconds, context in
                CurlDriver.from(context)?.setTimer(milliseconds)
                return 0
            }, context)
        stepwell_curl_multi_set_number(
            multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerOriginMax)
        stepwell_curl_multi_set_number(multi, CURLMOPT_MAXCONNECTS, configuration.connectionsPerOriginMax)
        loop.add(self)
    }

    /// `CURL_SOCKET_TIMEOUT`, a macro that Swift does not see.
    private static let timeoutSocket: curl_socket_t = -1

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlDriver? {
        context.map { Unmanaged<CurlDriver>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Calls

    func start(_ call: HTTPCall) {
        guard let multi, let transfer = CurlTransfer(call: call, driver: self) else {
            return call.fail(.connectFailed("libcurl cannot be set up"))
        }
        transfers[transfer.easy] = transfer
        call.abandon = { [weak self, weak transfer] in
            if let transfer { self?.remove(transfer) }
        }
        let code = curl_multi_add_handle(multi, transfer.easy)
        if code != CURLM_OK { call.fail(.connectFailed(Self.message(code))) }
    }

    private static func message(_ code: CURLMcode) -> String {
        curl_multi_strerror(code).map { String(cString: $0) } ?? "libcurl failed"
    }

    /// Ends a transfer; its connection stays for others when the transfer was complete.
    private func remove(_ transfer: CurlTransfer) {
        guard let multi, transfers.removeValue(forKey: transfer.easy) != nil else { return }
        curl_multi_remove_handle(multi, transfer.easy)
        transfer.free()
    }

    /// Fails what is in flight.
    func cancelAll() {
        for transfer in Array(transfers.values) { transfer.call.fail(.cancelled) }
    }

    func close() {
        guard let multi else { return }
        cancelAll()
        curl_multi_cleanup(multi)
        self.multi = nil
        timer?.close()
        timer = nil
        for socket in sockets.values { socket.close() }
        sockets = [:]
        loop.remove(self)
    }

    // MARK: What libcurl waits for

    private func setTimer(_ milliseconds: Int) {
        if milliseconds < 0 { timer?.stop() } else { timer?.start(after: UInt64(milliseconds)) }
    }

    private func watch(_ descriptor: curl_socket_t, for what: Int32) {
        if what == CURL_POLL_REMOVE {
            sockets.removeValue(forKey: descriptor)?.close()
            return
        }
        let socket = sockets[descriptor] ?? CurlSocket(driver: self, descriptor: descriptor)
        sockets[descriptor] = socket
        let reads = what == CURL_POLL_IN || what == CURL_POLL_INOUT
        let writes = what == CURL_POLL_OUT || what == CURL_POLL_INOUT
        socket.watch(reads: reads, writes: writes)
    }

    func ready(_ descriptor: curl_socket_t, status: Int32, events: Int32) {
        var mask: Int32 = status < 0 ? CURL_CSELECT_ERR : 0
        if events & Int32(UV_READABLE.rawValue) != 0 { mask |= CURL_CSELECT_IN }
        if events & Int32(UV_WRITABLE.rawValue) != 0 { mask |= CURL_CSELECT_OUT }
        act(on: descriptor, events: mask)
    }

    private func act(on descriptor: curl_socket_t, events: Int32) {
        guard let multi else { return }
        var running: Int32 = 0
        curl_multi_socket_action(multi, descriptor, events, &running)
        collect()
        loop.flushDirty()
    }

    private func collect() {
        var left: Int32 = 0
        // A completion may stop the loop and with it this driver.
        while let multi, let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = transfers[easy]
            else { continue }
            let outcome = transfer.outcome(stepwell_curl_message_result(message))
            transfer.call.abandon = nil
            remove(transfer)
            switch outcome {
            case .success(let response): transfer.call.succeed(response)
            case .failure(let error): transfer.call.fail(error)
            }
        }
    }
}

/// A socket of libcurl's that libuv watches. Used on its loop's thread only; its memory is freed in libuv's close callback.
final class CurlSocket {
    private weak var driver: CurlDriver?
    private let descriptor: curl_socket_t
    private var poll: UnsafeMutablePointer<uv_poll_t>?

    init(driver: CurlDriver, descriptor: curl_socket_t) {
        self.driver = driver
        self.descriptor = descriptor
        let poll = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
        guard uv_poll_init_socket(driver.loop.handle, poll, descriptor) == 0 else {
            poll.deallocate()
            return
        }
        poll.pointee.data = Unmanaged.passRetained(self).toOpaque()
        self.poll = poll
    }

    func watch(reads: Bool, writes: Bool) {
        guard let poll else { return }
        let events = (reads ? Int32(UV_READABLE.rawValue) : 0) | (writes ? Int32(UV_WRITABLE.rawValue) : 0)
        uv_poll_start(poll, events) { poll, status, events in
            guard let data = poll?.pointee.data else { return }
            let socket = Unmanaged<CurlSocket>.fromOpaque(data).takeUnretainedValue()
            socket.driver?.ready(socket.descriptor, status: status, events: events)
        }
    }

    func close() {
        guard let poll else { return }
        self.poll = nil
        uv_poll_stop(poll)
        uv_close(UnsafeMutableRawPointer(poll).assumingMemoryBound(to: uv_handle_t.self)) { closed in
            guard let closed, let data = closed.pointee.data else { return }
            UnsafeMutableRawPointer(closed).assumingMemoryBound(to: uv_poll_t.self).deallocate()
            Unmanaged<CurlSocket>.fromOpaque(data).release()
        }
    }
}
