import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Synchronization

/// A question whose answer may be held back until it changes.
struct HeldQuery: Sendable {
    /// Whose changes matter.
    enum Subject: Sendable {
        case run(RunKey)
        case all
    }

    static let waitMax = Milliseconds.seconds(60)

    /// How long the answer may be held back; nil: not at all.
    var wait: Milliseconds?
    var subject: @Sendable (any StoreReader) throws(Failure) -> Subject
    var read: @Sendable (any StoreReader, Subject) throws(Failure) -> RawJSON
}

/// One request that is answered now, or as soon as the answer is another one than the client has.
///
/// Every answer has an `ETag`. A client that sends it back in `If-None-Match` with `wait=30s` hears of the next change,
/// or 304 when there is none in time. It listens before it looks, so no change falls between.
final class HeldAnswer: Sendable {
    private struct State {
        var isDone = false
        var isReading = false
        /// Something changed since the last read began.
        var isStale = false
        var looks = 0
        var listener: Int?
        var deadline: ScheduledAction?
    }

    private let exchange: Exchange
    private let context: ServerContext
    private let query: HeldQuery
    /// The tag of the answer that the client has.
    private let known: String?
    private let state = Mutex(State())

    /// While many runs change, a list is read this often and no more.
    private static let pause = Duration.milliseconds(50)
    /// While the server is being stopped, an answer is held back no longer: long enough that a client which asks again at
    /// once does not ask in circles.
    private static let waitMaxWhileStopping = Milliseconds.seconds(1)
    /// Answers that are held back at a time: each is read again with every change.
    static let heldMax = 256

    init(_ exchange: Exchange, _ context: ServerContext, _ query: HeldQuery) {
        self.exchange = exchange
        self.context = context
        self.query = query
        known = exchange.request.headers["If-None-Match"]
    }

    func begin() {
        context.read { [self] reader in
            do throws(Failure) {
                let subject = try query.subject(reader)
                if known != nil, let wait = query.wait, wait > .zero { try listen(subject, for: wait) }
                look(subject, reader)
            } catch {
                finish { $0.refuse(error) }
            }
        }
    }

    // MARK: - Listening

    private func listen(_ subject: HeldQuery.Subject, for wait: Milliseconds) throws(Failure) {
        guard context.changes.listenerCount < Self.heldMax else {
            throw Failure(
                503, .heldTooMany, "Already \(Self.heldMax) answers are being held back. Ask without wait, or later.",
                headers: ["Retry-After": "5"])
        }
        let listener = context.changes.add(onStop: { [weak self] in self?.giveUp() }) { [weak self] runs in
            switch subject {
            case .run(let key): if runs.contains(key) { self?.changed(subject) }
            case .all: self?.changed(subject)
            }
        }
        // A change may have come at once, and with it the end.
        let isDone = state.withLock { state in
            if !state.isDone { state.listener = listener }
            return state.isDone
        }
        if isDone { return context.changes.remove(listener) }
        let span = context.changes.isStopping ? min(wait, Self.waitMaxWhileStopping) : wait
        // What is scheduled keeps this answer alive as long as it is wanted.
        let deadline = exchange.responder.loop.schedule(after: .milliseconds(span.count)) { [self] in giveUp() }
        let isOver = state.withLock { state in
            if !state.isDone { state.deadline = deadline }
            return state.isDone
        }
        if isOver { return deadline.cancel() }
        exchange.responder.onPeerGone { [weak self] in self?.finish { _ in } }
    }

    /// Nothing has changed in time.
    private func giveUp() { finish { $0.answerNotModified(tag: known) } }

    private func changed(_ subject: HeldQuery.Subject) {
        let mayRead = state.withLock { state in
            if state.isDone { return false }
            defer { state.isReading = true }
            if state.isReading { state.isStale = true }
            return !state.isReading
        }
        if mayRead { lookAgain(subject) }
    }

    private func lookAgain(_ subject: HeldQuery.Subject) {
        context.read { [self] reader in look(subject, reader) }
    }

    // MARK: - Looking

    private func look(_ subject: HeldQuery.Subject, _ reader: any StoreReader) {
        state.withLock { state in
            state.isReading = true
            state.isStale = false
            state.looks += 1
        }
        do throws(Failure) {
            let json = try query.read(reader, subject)
            let tag = Self.tag(of: json)
            if tag != known { return finish { $0.answer(200, json: json, headers: ["ETag": tag]) } }
        } catch {
            return finish { $0.refuse(error) }
        }
        let isHeld = state.withLock { $0.listener != nil }
        guard isHeld else { return finish { $0.answerNotModified(tag: known) } }
        let (isStale, isFirst) = state.withLock { state in
            state.isReading = state.isStale
            return (state.isStale, state.looks == 1)
        }
        guard isStale else { return }
        // What changed during the first look is no sign that much changes.
        if isFirst { return lookAgain(subject) }
        exchange.responder.loop.schedule(after: Self.pause) { [self] in lookAgain(subject) }
    }

    private static func tag(of json: RawJSON) -> String {
        "\"\(Hex.encode(SecureHash.sha256(json.bytes).prefix(16)))\""
    }

    /// Answers once, and stops listening.
    private func finish(_ answer: (Exchange) -> Void) {
        let end = state.withLock { state -> (isFirst: Bool, listener: Int?, deadline: ScheduledAction?) in
            defer {
                state.isDone = true
                state.listener = nil
                state.deadline = nil
            }
            return (!state.isDone, state.listener, state.deadline)
        }
        guard end.isFirst else { return }
        if let listener = end.listener { context.changes.remove(listener) }
        end.deadline?.cancel()
        answer(exchange)
    }
}

extension Exchange {
    /// What the client has is still so.
    func answerNotModified(tag: String?) {
        var headers = headersOfAll
        if let tag { headers.add("ETag", tag) }
        responder.respond(status: 304, headers: headers)
    }
}
