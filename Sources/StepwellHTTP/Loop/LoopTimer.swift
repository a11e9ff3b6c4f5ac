import CUV

/// A uv timer that can be started again and again. Used on its loop's thread only.
///
/// The loop holds the timer until ``close()``; the handle's memory is freed in libuv's close callback.
final class LoopTimer: LoopResource {
    private let loop: EventLoop
    private var handle: UnsafeMutablePointer<uv_timer_t>?
    private var action: (() -> Void)?

    init(loop: EventLoop, action: @escaping () -> Void) {
        self.loop = loop
        self.action = action
        let handle = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
        uv_timer_init(loop.handle, handle)
        self.handle = handle
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        loop.add(self)
    }

    /// (Re)starts the timer; it fires once.
    func start(after milliseconds: UInt64) {
        guard let handle else { return }
        uv_update_time(loop.handle)
        uv_timer_start(
            handle,
            { handle in
                handle?.pointee.data.map { Unmanaged<LoopTimer>.fromOpaque($0).takeUnretainedValue().fire() }
            }, milliseconds, 0)
    }

    func stop() {
        guard let handle else { return }
        uv_timer_stop(handle)
    }

    func close() {
        guard let handle else { return }
        self.handle = nil
        action = nil
        loop.remove(self)
        uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)) { closed in
            guard let closed, let data = closed.pointee.data else { return }
            Unmanaged<LoopTimer>.fromOpaque(data).release()
            UnsafeMutableRawPointer(closed).assumingMemoryBound(to: uv_timer_t.self).deallocate()
        }
    }

    private func fire() {
        action?()
        loop.flushDirty()
    }
}
