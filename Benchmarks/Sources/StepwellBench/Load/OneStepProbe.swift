/// One run of a function of one step, from before its event is sent until a client has seen that it is finished.
struct OneStepProbe {
    private let client: PlainClient
    private let authorization: (String, String)
    private let event: String

    /// - Parameters:
    ///   - token: an operator's.
    ///   - event: what starts the function.
    init(_ client: PlainClient, token: String, event: String = IngestOneRow.event) {
        self.client = client
        authorization = ("Authorization", "Bearer \(token)")
        self.event = event
    }

    /// Asks for the run until it is finished; an answer that has not changed is held back until it does.
    /// - Returns: how long it took, in seconds.
    func run() throws -> Double {
        let begin = ContinuousClock.now
        guard let id = try client.send([event]).first else { throw BenchFailure("no id came back") }
        var headers = [authorization]
        while begin.duration(to: .now) < .seconds(60) {
            let answer = try client.get("/api/runs?event=\(id)&wait=10s", headers: headers)
            if answer.status == 304 { continue }
            let text = String(decoding: answer.body, as: UTF8.self)
            if text.contains("\"status\":\"completed\"") { return begin.duration(to: .now).seconds }
            guard answer.status == 200, let tag = answer.tag else {
                throw BenchFailure("the run has not finished: \(answer.status) \(text)")
            }
            headers = [authorization, ("If-None-Match", tag)]
        }
        throw BenchFailure("a run of one step has not finished within a minute")
    }
}
