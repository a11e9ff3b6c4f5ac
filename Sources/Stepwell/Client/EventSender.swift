import StepwellModel
import StepwellWire

/// Posts events, in requests of at most 5,000, each repeated until the server has answered it. PROTOCOL 1.
///
/// A request carries a seed from which the server derives the events' ids, so that one repeated after a lost answer
/// gives the same events and no new ones.
struct EventSender {
    static let eventsPerRequestMax = 5_000
    static let attemptsMax = 5

    /// What a sender needs of the world beside the network.
    struct Surroundings: Sendable {
        var now: @Sendable () -> Timestamp = Timestamp.now
        /// That many bytes by chance.
        var bytes: @Sendable (Int) -> [UInt8] = { count in (0..<count).map { _ in .random(in: 0...255) } }
        /// By how much a pause is longer or shorter than planned: 0.5 to 1.5.
        var spread: @Sendable () -> Double = { .random(in: 0.5...1.5) }
        var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    }

    let client: Client
    var surroundings = Surroundings()

    func send(_ events: [OutgoingEvent]) async throws(StepwellError) -> [String] {
        guard !events.isEmpty else { return [] }
        let settings = try client.settings.get()
        let url = "\(settings.eventURL)/e/\(try Self.key(settings))"
        var ids: [String] = []
        var rest = events[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.eventsPerRequestMax)
            rest = rest.dropFirst(part.count)
            ids += try await post(Self.body(part), to: url, settings)
        }
        return ids
    }

    private static func key(_ settings: ClientSettings) throws(StepwellError) -> String {
        if let key = settings.eventKey { return key }
        if settings.isDev { return "NO_EVENT_KEY_SET" }
        throw StepwellError(
            .eventKeyMissing,
            "no event key: set INNGEST_EVENT_KEY to one of the server's event keys, or INNGEST_DEV=1 for a dev server")
    }

    private static func body(_ events: ArraySlice<OutgoingEvent>) throws(StepwellError) -> [UInt8] {
        var writer = JSONWriter(capacity: events.count * 256)
        writer.beginArray()
        for event in events { try event.write(to: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private func post(_ body: [UInt8], to url: String, _ settings: ClientSettings) async throws(StepwellError)
        -> [String]
    {
        var headers = SDKIdentity.headers(settings)
        if let seed = seed() { headers.append((Header.eventIDSeed, seed)) }
        var failure = StepwellError(.serverUnreachable, "no answer")
        for attempt in 0..<Self.attemptsMax {
            if attempt > 0 { try await pause(before: attempt, failure) }
            do {
                let response = try await client.transport.response(.init(url: url, headers: headers, body: body))
                if let ids = Self.ids(response) { return ids }
                failure = Self.refusal(response)
                guard response.status == 429 || response.status >= 500 else { throw failure }
            } catch let error as Transport.Failure {
                failure = StepwellError(
                    .serverUnreachable,
                    "the server at \(settings.eventURL) cannot be reached: \(error.reason). Is it running there? "
                        + "Set INNGEST_BASE_URL if it is elsewhere.")
            } catch let error as StepwellError {
                throw error
            } catch {
                throw StepwellError(.serverUnreachable, "\(error)")
            }
        }
        throw failure
    }

    /// Time and chance for the ids of a request's events. PROTOCOL 1.5.
    private func seed() -> String? {
        EventSeed(time: surroundings.now(), entropy: surroundings.bytes(10))?.header
    }

    /// 100 ms, doubled with each attempt, give or take a half.
    private func pause(before attempt: Int, _ failure: StepwellError) async throws(StepwellError) {
        let base = 100.0 * Double(1 << (attempt - 1))
        do {
            try await surroundings.sleep(.milliseconds(base * surroundings.spread()))
        } catch {
            throw failure
        }
    }

    private static func ids(_ response: Transport.Response) -> [String]? {
        guard response.status == 200, let json = try? RawJSON(validating: response.body), json["error"] == nil,
            json["status"]?.integer == 200
        else { return nil }
        return json["ids"]?.elements?.compactMap(\.string)
    }

    private static func refusal(_ response: Transport.Response) -> StepwellError {
        let reason = (try? RawJSON(validating: response.body))?["error"]?.string
        return StepwellError(
            .eventsRefused,
            "the server refused the events: \(reason ?? String(decoding: response.body.prefix(200), as: UTF8.self)) "
                + "(status \(response.status))")
    }
}
