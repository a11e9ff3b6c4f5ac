import StepwellModel

/// Serves calls: finds or makes the copy of the run, lets it work, and gives the answer.
final class Runner: Sendable {
    let environment: RunEnvironment
    let cache: RunCache

    init(environment: RunEnvironment, limits: RunCache.Limits = .init()) {
        self.environment = environment
        cache = RunCache(limits: limits, clock: environment.clock)
    }

    /// Serves one call. A cancelled task marks the call as abandoned; the step under way is finished nonetheless.
    @concurrent
    func answer(_ call: RunCall, of name: String, _ body: @escaping FunctionDefinition.Body) async -> CallReply {
        let reply = Reply()
        let (session, isNew) = cache.session(for: call, reply) { RunSession(call, of: name, in: environment) }
        session.work(until: reply) {
            if isNew { session.start(body, events: call.events) }
        }
        let answer = await withTaskCancellationHandler {
            await reply.value
        } onCancel: {
            reply.abandon()
        }
        cache.keep(session)
        return answer
    }
}
