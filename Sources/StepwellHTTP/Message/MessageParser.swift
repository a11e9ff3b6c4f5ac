import CLLHTTP

/// llhttp with the bounds and pauses that we need: it stops behind the header section and behind the message, so that its
/// user decides between the two. Used on one thread only.
///
/// llhttp finds this object through its `data` pointer, unretained: the C parser lives inside this object's lifetime.
final class MessageParser {
    enum Kind {
        case request
        case response
    }

    enum Event: Equatable {
        /// All bytes are consumed and the message goes on.
        case more
        /// The header section is complete. ``execute(_:from:)`` goes on with the body, also with no bytes at all.
        case head
        /// The last chunk's size was read: trailers and the empty line follow. Goes on like ``head``.
        case trailers
        /// The message is complete. ``reset()`` comes before the next.
        case message
        case failed(Failure)
    }

    enum Failure: Equatable {
        case malformed(String)
        case unsupportedVersion
        case unsupportedMethod
        case targetTooLong
        case headTooLarge
        case bodyTooLarge
    }

    private let parser: UnsafeMutablePointer<llhttp_t>
    private let settings: UnsafeMutablePointer<llhttp_settings_t>
    private let kind: Kind
    /// Longest request target, in bytes.
    var targetBytesMax = Int.max
    /// Most header fields.
    var fieldsMax = Int.max
    /// Most bytes of names and values, trailers included.
    var fieldBytesMax = Int.max
    /// Longest body after chunks are joined; may be set behind the head.
    var bodyBytesMax = Int.max

    private var target: [UInt8] = []
    private var fieldBytes: [UInt8] = []
    private var fields: [HTTPHeaders.Field] = []
    private var nameStart = 0
    private var valueStart = 0
    /// Whether a name was read whose field is not complete.
    private var hasOpenField = false
    private var trailerBytes = 0
    private var isHeadComplete = false
    private var failure: Failure?
    /// What the last pause was for.
    private var pause = Event.more
    private(set) var body: [UInt8] = []

    init(_ kind: Kind) {
        self.kind = kind
        parser = .allocate(capacity: 1)
        settings = .allocate(capacity: 1)
        llhttp_settings_init(settings)
        installCallbacks()
        llhttp_init(parser, kind == .request ? HTTP_REQUEST : HTTP_RESPONSE, settings)
        parser.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        parser.deallocate()
        settings.deallocate()
    }

    // MARK: What was parsed

    var methodCode: UInt8 { parser.pointee.method }
    var statusCode: Int { Int(parser.pointee.status_code) }
    var minorVersion: Int { Int(parser.pointee.http_minor) }
    var isChunked: Bool { parser.pointee.flags & UInt16(F_CHUNKED.rawValue) != 0 }
    var hasContentLength: Bool { parser.pointee.flags & UInt16(F_CONTENT_LENGTH.rawValue) != 0 }
    var hasTransferCoding: Bool { parser.pointee.flags & UInt16(F_TRANSFER_ENCODING.rawValue) != 0 }
    /// The announced length; only behind the head and with ``hasContentLength``.
    var contentLength: UInt64 { parser.pointee.content_length }
    var keepsAlive: Bool { llhttp_should_keep_alive(parser) != 0 }

    func takeTarget() -> String {
        defer { target.removeAll(keepingCapacity: true) }
        return String(decoding: target, as: UTF8.self)
    }

    func takeHeaders() -> HTTPHeaders {
        defer {
            fieldBytes = []
            fields = []
        }
        return HTTPHeaders(bytes: fieldBytes, fields: fields)
    }

    func takeBody() -> [UInt8] {
        defer { body = [] }
        return body
    }

    /// Makes room for a body of known length; lengths that a peer only claims are trusted up to 1 MiB.
    func reserveBody(_ count: Int) { body.reserveCapacity(min(count, 1 << 20)) }

    /// Called behind the head of an answer to HEAD: there is no body, whatever the header fields say.
    func skipBody() { parser.pointee.flags |= UInt16(F_SKIPBODY.rawValue) }

    // MARK: Parsing

    /// Parses from `offset` on; returns how far it came.
    func execute(_ bytes: UnsafeRawBufferPointer, from offset: Int, to end: Int) -> (next: Int, event: Event) {
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return (offset, .more) }
        if parser.pointee.error == Int32(HPE_PAUSED.rawValue) { llhttp_resume(parser) }
        let code = llhttp_execute(parser, base + offset, end - offset)
        switch code {
        case HPE_OK:
            return (end, .more)
        case HPE_PAUSED:
            let position = llhttp_get_error_pos(parser).map { $0 - base } ?? end
            return (position, pause)
        default:
            return (end, .failed(failure ?? describe(code)))
        }
    }

    /// Tells the parser that the peer ended its side; true when that completes the message.
    func finish() -> Bool { llhttp_finish(parser) == HPE_PAUSED && pause == .message }

    private func describe(_ code: llhttp_errno_t) -> Failure {
        switch code {
        case HPE_INVALID_VERSION: .unsupportedVersion
        case HPE_INVALID_METHOD: .unsupportedMethod
        default: .malformed(llhttp_get_error_reason(parser).map { String(cString: $0) } ?? "invalid HTTP")
        }
    }

    /// Makes ready for the next message.
    func reset() {
        llhttp_reset(parser)
        target.removeAll(keepingCapacity: true)
        fieldBytes = []
        fields = []
        body = []
        nameStart = 0
        valueStart = 0
        hasOpenField = false
        trailerBytes = 0
        isHeadComplete = false
        pause = .more
        failure = nil
    }

    // MARK: Callbacks

    private static func of(_ parser: UnsafeMutablePointer<llhttp_t>?) -> MessageParser? {
        parser?.pointee.data.map { Unmanaged<MessageParser>.fromOpaque($0).takeUnretainedValue() }
    }

    private func installCallbacks() {
        settings.pointee.on_url = { MessageParser.of($0)?.addTarget($1, $2) ?? -1 }
        settings.pointee.on_header_field = { MessageParser.of($0)?.addName($1, $2) ?? -1 }
        settings.pointee.on_header_value = { MessageParser.of($0)?.addValue($1, $2) ?? -1 }
        settings.pointee.on_header_field_complete = { MessageParser.of($0)?.endName() ?? -1 }
        settings.pointee.on_header_value_complete = { MessageParser.of($0)?.endValue() ?? -1 }
        settings.pointee.on_headers_complete = { MessageParser.of($0)?.endHead() ?? -1 }
        settings.pointee.on_chunk_header = { MessageParser.of($0)?.beginChunk() ?? -1 }
        settings.pointee.on_body = { MessageParser.of($0)?.addBody($1, $2) ?? -1 }
        settings.pointee.on_message_complete = { MessageParser.of($0)?.endMessage() ?? -1 }
    }

    private func fail(_ failure: Failure) -> Int32 {
        self.failure = failure
        return -1
    }

    private func addTarget(_ start: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
        guard target.count + count <= targetBytesMax else { return fail(.targetTooLong) }
        target.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
        return 0
    }

    private func addName(_ start: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
        guard !isHeadComplete else { return countTrailer(count) }
        if hasOpenField, endValue() != 0 { return -1 }
        if fieldBytes.isEmpty {
            fieldBytes.reserveCapacity(512)
            fields.reserveCapacity(12)
        }
        return addField(start, count)
    }

    private func addValue(_ start: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
        isHeadComplete ? countTrailer(count) : addField(start, count)
    }

    private func addField(_ start: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
        guard fieldBytes.count + count <= fieldBytesMax else { return fail(.headTooLarge) }
        fieldBytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
        return 0
    }

    /// Trailers are checked and dropped: nothing that comes behind a body may change how it was read.
    private func countTrailer(_ count: Int) -> Int32 {
        trailerBytes += count
        return trailerBytes <= fieldBytesMax ? 0 : fail(.headTooLarge)
    }

    private func endName() -> Int32 {
        valueStart = fieldBytes.count
        hasOpenField = !isHeadComplete
        return 0
    }

    /// llhttp does not always call this for an empty value: then the next name or the end of the head does.
    private func endValue() -> Int32 {
        guard hasOpenField else { return 0 }
        hasOpenField = false
        guard fields.count < fieldsMax else { return fail(.headTooLarge) }
        // llhttp leaves the blanks behind a value to its user.
        var end = fieldBytes.count
        while end > valueStart, fieldBytes[end - 1] == HTTPByte.space || fieldBytes[end - 1] == HTTPByte.tab {
            end -= 1
        }
        fields.append(HTTPHeaders.Field(name: nameStart..<valueStart, value: valueStart..<end))
        nameStart = fieldBytes.count
        return 0
    }

    private func endHead() -> Int32 {
        guard endValue() == 0 else { return -1 }
        isHeadComplete = true
        // llhttp takes the versions 0.9 and 2.0, too.
        guard parser.pointee.http_major == 1, parser.pointee.http_minor <= 1 else { return fail(.unsupportedVersion) }
        // An upgrade request is an ordinary one until its handler says otherwise.
        parser.pointee.upgrade = 0
        return pause(at: .head)
    }

    private func pause(at event: Event) -> Int32 {
        pause = event
        return Int32(HPE_PAUSED.rawValue)
    }

    private func beginChunk() -> Int32 {
        parser.pointee.content_length == 0 ? pause(at: .trailers) : 0
    }

    private func addBody(_ start: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
        guard count <= bodyBytesMax - body.count else { return fail(.bodyTooLarge) }
        body.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
        return 0
    }

    private func endMessage() -> Int32 { pause(at: .message) }
}
