import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Synchronization

/// One request that is answered now, or as soon as the answer is another one than the client has.
///
/// Every answer has an `ETag`. A client that sends it back in `If-None-Match` with `wait=30s` hears of the next change,
/// or 304 when there is none in time. It listens before it looks, so no change falls between.
///
/// While very many runs change, most changes concern none of the runs that a list shows: they may bring it another run, and
/// are looked at together, now and then. A change of one that it shows is looked at when it comes.
final class HeldAnswer: Sendable {
    private struct State {
        var isDone = false
        /// It begins with a look.
        var activity = Activity.looking
        /// What has changed since the last look began.
        var news = News.none
        var looks = 0
        /// What the last look has shown.
        var shown: Set<RunKey> = []
        var listener: Int?
        var deadline: ScheduledAction?
    }

    private enum Activity {
        /// Can transition to looking.
        case idle
        /// Can transition to idle, looking, resting.
        case looking
        /// Until the next look. Of many rests this is the one that counts. Can transition to looking.
        case resting(number: Int, endsEarly: Bool)
    }

    private enum News {
        case none
        /// Of runs that are not shown.
        case others
        /// Of a run that is shown.
        case shown
    }

    private let exchange: Exchange
    private let context: ServerContext
    private let query: HeldQuery
    /// The tag of the answer that the client has.
    private let known: String?
    private let state = Mutex(State())

    /// While runs that are shown go on and on in ways that are not shown, they are read this often and no more.
    private static let pauseOfShown = Duration.milliseconds(10)
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
            self?.changed(runs, subject)
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

    private func changed(_ runs: [RunKey], _ subject: HeldQuery.Subject) {
        let mayLook = state.withLock { state in
            guard !state.isDone, state.news != .shown, let news = Self.news(of: runs, subject, shown: state.shown)
            else {
                return false
            }
            switch state.activity {
            case .idle: break
            case .resting(_, let endsEarly): guard endsEarly, news == .shown else { return false }
            case .looking:
                state.news = news
                return false
            }
            state.activity = .looking
            return true
        }
        if mayLook { lookAgain(subject) }
    }

    private static func news(of runs: [RunKey], _ subject: HeldQuery.Subject, shown: Set<RunKey>) -> News? {
        switch subject {
        case .run(let key): runs.contains(key) ? .shown : nil
        case .all: runs.contains { shown.contains($0) } ? .shown : .others
        }
    }

    private func lookAgain(_ subject: HeldQuery.Subject) {
        context.read { [self] reader in look(subject, reader) }
    }

    // MARK: - Looking

    private func look(_ subject: HeldQuery.Subject, _ reader: any StoreReader) {
        state.withLock { state in
            state.activity = .looking
            state.news = .none
            state.looks += 1
        }
        do throws(Failure) {
            let view = try query.read(reader, subject)
            let tag = Self.tag(of: view.json)
            if tag != known { return finish { $0.answer(200, json: view.json, headers: ["ETag": tag]) } }
            state.withLock { $0.shown = view.runs }
        } catch {
            return finish { $0.refuse(error) }
        }
        let isHeld = state.withLock { $0.listener != nil }
        guard isHeld else { return finish { $0.answerNotModified(tag: known) } }
        rest(subject)
    }

    /// Nothing new was seen; what has come during the look is seen by the next one.
    private func rest(_ subject: HeldQuery.Subject) {
        let (news, number) = state.withLock { state in
            switch state.news {
            case .none: state.activity = .idle
            // What changed during the first look is no sign that much changes.
            case _ where state.looks == 1: break
            case .others, .shown:
                state.activity = .resting(number: state.looks, endsEarly: state.news == .others)
            }
            return (state.news, state.looks)
        }
        if news == .none { return }
        if number == 1 { return lookAgain(subject) }
        let pause = news == .others ? context.configuration.watchedListPause : Self.pauseOfShown
        exchange.responder.loop.schedule(after: pause) { [self] in
            let isOver = state.withLock { state in
                guard case .resting(number, _) = state.activity else { return false }
                state.activity = .looking
                return true
            }
            if isOver { lookAgain(subject) }
        }
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
