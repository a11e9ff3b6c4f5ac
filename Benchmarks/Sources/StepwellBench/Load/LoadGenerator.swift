import CEpoll
import Glibc

/// Sends one request again and again on several keep-alive connections, each of which waits for its answer before the next:
/// a closed loop on one thread that costs little itself.
struct LoadGenerator {
    var port: Int
    var connections = 64
    var request: [UInt8]

    /// What happened between two moments.
    struct Window<Sample> {
        var answers: Int
        var seconds: Double
        var before: Sample
        var after: Sample
        var rate: Double { Double(answers) / seconds }
    }

    /// Runs for `warmUp` and then for `seconds`, at whose beginning and end `sample` is taken.
    func run<Sample>(
        warmUp: Double = 0.5, seconds: Double, sample: () throws -> Sample
    ) throws -> Window<Sample> {
        let poll = epoll_create1(0)
        guard poll >= 0 else { throw BenchFailure("there is no epoll") }
        defer { close(poll) }
        let all = try (0..<connections).map { _ in try LoadConnection(port: port, poll: poll) }
        for connection in all { try connection.send(request) }
        _ = try turn(poll, all, for: warmUp)
        let before = try sample()
        let begin = ContinuousClock.now
        let answers = try turn(poll, all, for: seconds)
        let passed = begin.duration(to: .now).seconds
        return Window(answers: answers, seconds: passed, before: before, after: try sample())
    }

    /// Answers that came within the time.
    private func turn(_ poll: Int32, _ all: [LoadConnection], for seconds: Double) throws -> Int {
        let byDescriptor = Dictionary(uniqueKeysWithValues: all.map { (Int($0.descriptor), $0) })
        var table = [LoadConnection?](repeating: nil, count: (byDescriptor.keys.max() ?? 0) + 1)
        for (descriptor, connection) in byDescriptor { table[descriptor] = connection }
        var ready = [epoll_event](repeating: epoll_event(), count: all.count)
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        var answers = 0
        while ContinuousClock.now < end {
            let count = epoll_wait(poll, &ready, Int32(ready.count), 100)
            for index in 0..<max(0, Int(count)) {
                guard let connection = table[Int(ready[index].data.fd)] else { continue }
                guard try connection.receive() else { continue }
                answers += 1
                try connection.send(request)
            }
        }
        return answers
    }
}

/// One connection of the load.
private final class LoadConnection {
    let descriptor: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private var filled = 0
    /// The length of the last answer: the next one is most likely as long.
    private var usual = 0

    init(port: Int, poll: Int32) throws {
        descriptor = try Socket.connect(port: port)
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.fd = descriptor
        epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)
    }

    deinit {
        close(descriptor)
        buffer.deallocate()
    }

    func send(_ request: [UInt8]) throws { try Socket.send(request, to: descriptor) }

    /// Whether an answer is complete; anything but 200 ends the load.
    func receive() throws -> Bool {
        let count = recv(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN { return false }
        guard count > 0 else { throw BenchFailure("the server closed a connection under load") }
        filled += count
        if filled != usual {
            guard let answer = AnswerScanner.scan(UnsafeRawBufferPointer(rebasing: buffer[..<filled])),
                filled >= answer.count
            else { return false }
            usual = answer.count
        }
        // "HTTP/1.1 200": the status is in bytes 9 to 11.
        guard buffer[9] == 50, buffer[10] == 48, buffer[11] == 48 else {
            throw BenchFailure("under load came: \(String(decoding: buffer[..<filled], as: UTF8.self))")
        }
        filled = 0
        return true
    }
}
