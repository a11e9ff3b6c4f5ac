/// Registers an app at the start of its worker, and keeps trying until the server takes it.
struct Registrar: Sendable {
    let serve: Serve
    let url: String
    var pauseFirst: Duration = .milliseconds(100)
    var pauseMax: Duration = .seconds(5)

    func run() async {
        let registration = Registration(app: serve.app, url: url)
        let log = serve.app.client.log
        let facts = ["app": serve.app.id, "url": url, "server": serve.settings.apiURL]
        var pause = pauseFirst
        var told: StepwellError?
        while !Task.isCancelled {
            do throws(StepwellError) {
                let outcome = try await registration.send(keys: serve.keys)
                log.log(.info, "registered", facts.merging(["functions": "\(serve.app.functions.count)"]) { $1 })
                for warning in outcome.warnings { log.log(.warning, "the server has a remark", ["warning": warning]) }
                return
            } catch {
                // Once for each reason: a server that takes a while to start is no news.
                if told != error { Self.tell(error, facts, log) }
                told = error
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, pauseMax)
        }
    }

    private static func tell(_ error: StepwellError, _ facts: [String: String], _ log: Log) {
        let isWaiting = error.code == .serverUnreachable
        let reason = ["code": "\(error.code)", "reason": error.message]
        log.log(
            isWaiting ? .warning : .error, isWaiting ? "waiting for the server" : "not registered; trying again",
            facts.merging(reason) { $1 })
    }
}
