import StepwellCore

/// Where effects go once they are durable. Called on the engine's or the writer's thread, in order, never at once from
/// both; must not block.
package protocol EffectSink: Sendable {
    /// Calls workers. The answer of each goes to ``Engine/post(_:bytes:)``, whatever happens.
    func dispatch(_ orders: [CallOrder])
    /// Makes requests for steps; the answers go the same way.
    func request(_ orders: [GatewayOrder])
    /// Events are matched against this from now on.
    func configurationChanged(_ configuration: Configuration)
    /// Runs began, moved on or ended; a key may come more than once.
    func changed(_ runs: [RunKey])
    /// There is room in the mailbox again.
    func relieved()
    /// The engine cannot go on: the process must end, and start again from what is on disk.
    func failed(_ message: String)
}
