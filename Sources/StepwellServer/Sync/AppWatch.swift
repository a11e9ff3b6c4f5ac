import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellWire

/// Keeps apps registered: those named at the start until they answer, known ones by polling, and in `dev` unknown ones by
/// looking for them (PROTOCOL §2.5). In `start` without a poll interval it sleeps for ever once all named apps answered.
///
/// `@unchecked Sendable`: what changes is touched on the loop's thread alone.
final class AppWatch: @unchecked Sendable {
    private let requester: AppRequester
    private let context: ServerContext
    private let discovery: AppDiscovery?
    private var isStopped = false
    private var unanswered: Set<String>

    /// How often apps in error are asked again when there is no polling, and how often apps are looked for.
    private static let intervalDefault = Duration.seconds(5)
    private static let retryDelayMax = Duration.seconds(30)

    init(requester: AppRequester, context: ServerContext, ownPort: UInt16) {
        self.requester = requester
        self.context = context
        let urls = context.configuration.sdkURLs.map { AppURL.normalized($0) ?? $0 }
        unanswered = Set(urls)
        let looks = context.configuration.discoversApps && urls.isEmpty
        discovery =
            looks
            ? AppDiscovery(requester: requester, ownPort: ownPort, ports: context.configuration.discoveryPorts) : nil
    }

    private var loop: EventLoop { requester.loop }

    func start() {
        loop.run { for url in self.unanswered { self.ask(url, retryAfter: .milliseconds(500)) } }
        let polls = context.configuration.pollInterval != nil || context.kind == .development
        if polls { loop.run { self.tick() } }
    }

    /// An app that was named is asked until it registers; the pauses between grow.
    private func ask(_ url: String, retryAfter delay: Duration) {
        requester.ask(url) { [weak self] problem in
            guard let self else { return }
            guard let problem else {
                unanswered.remove(url)
                return
            }
            guard !isStopped else { return }
            context.log.warning("app not registered", ["url": url, "reason": problem])
            loop.schedule(after: delay) { [weak self] in
                self?.ask(url, retryAfter: min(delay * 2, Self.retryDelayMax))
            }
        }
    }

    private func tick() {
        guard !isStopped else { return }
        let apps = context.engine.configuration.apps.values.filter { $0.removedAt == nil }
        let polls = context.configuration.pollInterval != nil
        for app in apps where (polls || app.error != nil) && !unanswered.contains(app.url) { requester.ask(app.url) }
        if apps.isEmpty { discovery?.look() }
        loop.schedule(after: context.configuration.pollInterval ?? Self.intervalDefault) { [weak self] in self?.tick() }
    }

    func stop() { loop.run { self.isStopped = true } }
}
