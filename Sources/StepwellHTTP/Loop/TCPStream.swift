import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What happens on a stream; called on the loop's thread.
protocol TCPStreamDelegate: AnyObject {
    /// Bytes arrived; they are valid during the call only.
    func streamReceived(_ bytes: UnsafeRawBufferPointer)
    /// The peer ended its side (0), or reading failed (libuv's code). The stream is still open.
    func streamEnded(_ code: Int32)
    /// Writing failed (libuv's code). What the peer sent before may still be read.
    func streamWriteFailed(_ code: Int32)
    /// The kernel took only a part of what was written; the rest follows as the peer reads.
    func streamStalled()
    /// What ``streamStalled()`` told of is over, or the end that was asked for has been sent.
    func streamDrained()
    /// The stream is closed and its memory is free; nothing more will be called.
    func streamClosed()
}

/// A connected TCP socket. Used on its loop's thread only.
///
/// Writes are gathered and go out in one system call when the turn's work is done (``flush()``). While the kernel's buffer
/// is full, what is written meanwhile gathers again and follows as one. The delegate is held until the stream is closed, and
/// libuv holds the stream until its close callback, where the handle's memory is freed.
final class TCPStream: LoopResource {
    let loop: EventLoop
    private var handle: UnsafeMutablePointer<uv_tcp_t>?
    private var delegate: (any TCPStreamDelegate)?
    /// What the next flush sends.
    private var outgoing: [UInt8] = []
    /// With TLS: what the next flush seals, which then is `outgoing`.
    private var plain: [UInt8] = []
    private var tls: TLSSession?
    private var isDirty = false
    private var isReading = false
    private var endsAfterDrain = false
    /// Bytes that a write in progress still holds; nil when none is in progress.
    private var writing: UnsafeMutableRawBufferPointer?

    init(loop: EventLoop) {
        self.loop = loop
        let handle = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
        uv_tcp_init(loop.handle, handle)
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        self.handle = handle
        loop.add(self)
    }

    func setDelegate(_ delegate: any TCPStreamDelegate) { self.delegate = delegate }

    var isOpen: Bool { handle != nil }

    /// Bytes that the kernel has not taken yet.
    var unsentBytes: Int {
        plain.count + outgoing.count + (handle.map { uv_stream_get_write_queue_size(Self.stream($0)) } ?? 0)
    }

    private static func stream(_ handle: UnsafeMutablePointer<uv_tcp_t>) -> UnsafeMutablePointer<uv_stream_t> {
        UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_stream_t.self)
    }

    private static func from(_ data: UnsafeMutableRawPointer?) -> TCPStream? {
        data.map { Unmanaged<TCPStream>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Opening

    /// Takes over a connected socket.
    func open(descriptor: Int32) -> Int32 {
        guard let handle else { return UV_EBADF.rawValue }
        let code = uv_tcp_open(handle, descriptor)
        if code == 0 { uv_tcp_nodelay(handle, 1) }
        return code
    }

    /// Speaks TLS from the first byte on.
    func secure(with session: TLSSession) { tls = session }

    /// Connects; `completion` gets 0 or libuv's code, unless the stream is closed before: then it gets `UV_ECANCELED`.
    func connect(to address: SocketAddress, completion: @escaping (Int32) -> Void) {
        guard let handle else { return completion(UV_EBADF.rawValue) }
        let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
        request.pointee.data = Unmanaged.passRetained(Completion(completion)).toOpaque()
        let code = address.withSockaddr { address in
            uv_tcp_connect(request, handle, address) { request, code in
                guard let request, let data = request.pointee.data else { return }
                request.deallocate()
                let completion = Unmanaged<Completion>.fromOpaque(data).takeRetainedValue()
                completion.call(code)
            }
        }
        guard code == 0 else {
            if let data = request.pointee.data { Unmanaged<Completion>.fromOpaque(data).release() }
            request.deallocate()
            return completion(code)
        }
        uv_tcp_nodelay(handle, 1)
    }

    private final class Completion {
        let call: (Int32) -> Void
        init(_ call: @escaping (Int32) -> Void) { self.call = call }
    }

    /// Has the kernel notice a peer that vanished: probes while the connection is silent, and a bound on how long sent bytes
    /// may stay unacknowledged. `idle + interval × count` seconds at the worst.
    func probePeer(idleSeconds: Int32, intervalSeconds: Int32, count: Int32) {
        guard let descriptor else { return }
        SocketOptions.probePeer(
            descriptor, idleSeconds: idleSeconds, intervalSeconds: intervalSeconds, count: count)
    }

    private var descriptor: Int32? {
        guard let handle else { return nil }
        var descriptor: uv_os_fd_t = -1
        let code = uv_fileno(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self), &descriptor)
        return code == 0 ? descriptor : nil
    }

    // MARK: Reading

    func startReading() {
        guard let handle, !isReading else { return }
        let code = uv_read_start(
            Self.stream(handle),
            { handle, _, buffer in
                guard let data = handle?.pointee.loop.pointee.data else { return }
                let loop = Unmanaged<EventLoop>.fromOpaque(data).takeUnretainedValue()
                buffer?.pointee = uv_buf_init(
                    loop.readBuffer.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(loop.readBuffer.count))
            },
            { handle, count, buffer in
                guard count != 0, let stream = TCPStream.from(handle?.pointee.data) else { return }
                stream.read(count: count, buffer: buffer)
            })
        if code == 0 { isReading = true }
    }

    func stopReading() {
        guard let handle, isReading else { return }
        uv_read_stop(Self.stream(handle))
        isReading = false
    }

    private func read(count: Int, buffer: UnsafePointer<uv_buf_t>?) {
        if count > 0 {
            let bytes = UnsafeRawBufferPointer(start: buffer?.pointee.base, count: count)
            if let tls { unseal(bytes, tls) } else { delegate?.streamReceived(bytes) }
        } else {
            stopReading()
            delegate?.streamEnded(count == Int(UV_EOF.rawValue) ? 0 : Int32(count))
        }
        loop.flushDirty()
    }

    private func unseal(_ bytes: UnsafeRawBufferPointer, _ tls: TLSSession) {
        tls.receive(bytes)
        // A record of TLS holds at most 16 KiB.
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { buffer in
            while isOpen {
                switch tls.read(into: buffer) {
                case .data(let count):
                    delegate?.streamReceived(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                case .wait:
                    // The handshake may have something to say.
                    return markDirty()
                case .end:
                    stopReading()
                    delegate?.streamEnded(0)
                    return
                case .failed:
                    stopReading()
                    delegate?.streamEnded(UV_EPROTO.rawValue)
                    return
                }
            }
        }
    }

    /// Seals what was written since the last flush.
    private func seal(_ tls: TLSSession) {
        if !plain.isEmpty, tls.isEstablished {
            let bytes = plain
            plain = []
            guard tls.write(bytes) else {
                delegate?.streamWriteFailed(UV_EPROTO.rawValue)
                return
            }
        }
        if endsAfterDrain, plain.isEmpty { tls.end() }
        tls.takeSealed(into: &outgoing)
    }

    // MARK: Writing

    /// Adds bytes to what the next flush sends.
    func write(_ bytes: [UInt8]) {
        guard handle != nil else { return }
        if tls != nil { return write { $0 += bytes } }
        if outgoing.isEmpty { outgoing = bytes } else { outgoing += bytes }
        markDirty()
    }

    /// Lets `fill` append to what the next flush sends.
    func write(_ fill: (inout [UInt8]) -> Void) {
        guard handle != nil else { return }
        if tls == nil { fill(&outgoing) } else { fill(&plain) }
        markDirty()
    }

    /// Sends the end of our side once everything written is out.
    func endAfterDrain() {
        endsAfterDrain = true
        markDirty()
    }

    private func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        loop.markDirty(self)
    }

    /// Hands the gathered bytes to the kernel.
    func flush() {
        isDirty = false
        guard writing == nil else { return }
        if let tls { seal(tls) }
        guard let handle else { return }
        guard !outgoing.isEmpty else { return drained(wasStalled: false) }
        let code = outgoing.withUnsafeMutableBytes { bytes in
            var buffer = Self.buffer(bytes)
            return uv_try_write(Self.stream(handle), &buffer, 1)
        }
        let written = code == UV_EAGAIN.rawValue ? 0 : code
        guard written >= 0 else {
            outgoing = []
            delegate?.streamWriteFailed(written)
            return
        }
        guard Int(written) == outgoing.count else { return writeRest(from: Int(written)) }
        // A buffer that grew for one big answer is not kept for the life of the connection.
        outgoing.removeAll(keepingCapacity: outgoing.capacity <= 16_384)
        drained(wasStalled: false)
    }

    private static func buffer(_ bytes: UnsafeMutableRawBufferPointer) -> uv_buf_t {
        uv_buf_init(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(clamping: bytes.count))
    }

    private func writeRest(from offset: Int) {
        guard let handle else { return }
        let rest = UnsafeMutableRawBufferPointer.allocate(byteCount: outgoing.count - offset, alignment: 1)
        outgoing.withUnsafeBytes { rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset...])) }
        outgoing = []
        writing = rest
        let request = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
        request.pointee.data = Unmanaged.passRetained(self).toOpaque()
        var buffer = Self.buffer(rest)
        let code = uv_write(request, Self.stream(handle), &buffer, 1) { request, code in
            guard let request, let data = request.pointee.data else { return }
            request.deallocate()
            Unmanaged<TCPStream>.fromOpaque(data).takeRetainedValue().written(code)
        }
        guard code != 0 else {
            delegate?.streamStalled()
            return
        }
        Unmanaged.passUnretained(self).release()
        request.deallocate()
        written(code)
    }

    private func written(_ code: Int32) {
        writing?.deallocate()
        writing = nil
        guard isOpen else { return }
        if code != 0 {
            delegate?.streamWriteFailed(code)
        } else if outgoing.isEmpty, plain.isEmpty {
            drained(wasStalled: true)
        } else {
            delegate?.streamDrained()
            flush()
        }
        loop.flushDirty()
    }

    private func drained(wasStalled: Bool) {
        let ends = endsAfterDrain
        endsAfterDrain = false
        if ends, let descriptor { _ = shutdown(descriptor, Int32(SHUT_WR)) }
        if wasStalled || ends { delegate?.streamDrained() }
    }

    // MARK: Closing

    /// Closes at once; bytes that were not sent yet are lost.
    func close() {
        guard let handle else { return }
        self.handle = nil
        isReading = false
        loop.remove(self)
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)) { closed in
            guard let closed, let data = closed.pointee.data else { return }
            UnsafeMutableRawPointer(closed).assumingMemoryBound(to: uv_tcp_t.self).deallocate()
            Unmanaged<TCPStream>.fromOpaque(data).takeRetainedValue().finishClose()
        }
    }

    private func finishClose() {
        let delegate = delegate
        self.delegate = nil
        outgoing = []
        plain = []
        tls = nil
        delegate?.streamClosed()
        loop.flushDirty()
    }
}
