import Glibc
import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Synchronization

/// A running server: the HTTP edge, the engine behind it, and the dispatcher that calls workers.
///
/// It names no concrete store: whoever starts it brings one.
package final class Server: Sendable {
    /// Where it listens, with the real port.
    package let address: SocketAddress
    /// `http://host:port`, as a client on this machine reaches it.
    package let url: String
    package let engine: Engine
    package let changes: RunChanges
    let edge: HTTPServer
    private let dispatcher: Dispatcher
    private let watch: AppWatch
    private let loops: [EventLoop]
    private let readers: ReadThreads
    private let draining: Draining
    private let isStopped = Atomic<Bool>(false)

    private static let portsTriedMax: UInt16 = 100

    /// Opens the store, goes on with what it holds, and listens.
    ///
    /// - Parameter onFailure: Called when the engine cannot go on; the process must end then, and start again.
    package static func start(
        store: any Store, reader: any StoreReader, configuration: ServerConfiguration,
        onFailure: @escaping @Sendable (String) -> Void
    ) throws(ServerError) -> Server {
        try configuration.check()
        let keys = try ServerKeys(configuration)
        do {
            return try Server(
                store: store, reader: reader, configuration: configuration, keys: keys, onFailure: onFailure)
        } catch let error as ServerError {
            throw error
        } catch {
            throw ServerError(.engineFailed, "\(error)")
        }
    }

    private init(
        store: any Store, reader: any StoreReader, configuration: ServerConfiguration, keys: ServerKeys,
        onFailure: @escaping @Sendable (String) -> Void
    ) throws {
        let changes = RunChanges()
        let bridge = EngineBridge(changes: changes, onFailure: onFailure)
        let engine = try Self.openEngine(store, bridge, configuration)
        self.engine = engine
        do {
            loops = try Self.makeLoops(configuration)
            readers = try ReadThreads(count: 2)
        } catch {
            engine.stop()
            throw error
        }
        let draining = Draining()
        self.draining = draining
        let context = ServerContext(
            configuration: configuration, engine: engine, reader: reader, kind: keys.kind, ids: IDSource(),
            changes: changes, access: AccessRules(configuration, keys), readers: readers)
        self.changes = changes
        let registrar = Registrar(
            engine: engine, rules: AppURLRules(hosts: configuration.appHosts), log: configuration.log)
        let gate = EdgeGate(bytesMax: configuration.eventBytesInFlightMax)
        let intakes = Intakes(loops: loops, engine: engine, gate: gate)
        dispatcher = Dispatcher(loops: loops, context: context, intakes: intakes, signingKey: keys.signing.first)
        edge = Self.makeEdge(loops, context, registrar, gate, intakes, draining)
        bridge.attach(gate)
        do {
            address = try Self.listen(edge, configuration)
        } catch {
            engine.stop()
            for loop in loops { loop.stop() }
            readers.stop()
            throw error
        }
        url = Self.url(of: address)
        let requester = AppRequester(
            loop: loops[0], context: context, registrar: registrar, signingKey: keys.signing.first)
        watch = AppWatch(requester: requester, context: context, ownPort: address.port)
        bridge.attach(dispatcher)
        watch.start()
    }

    private static func openEngine(
        _ store: any Store, _ bridge: EngineBridge, _ configuration: ServerConfiguration
    ) throws(ServerError) -> Engine {
        var settings = Settings()
        settings.callsPerAppMax = configuration.callsPerAppMax
        settings.stepsMax = configuration.stepsMax
        settings.missedTicks = configuration.missedTicks
        settings.recoveryGrace = Milliseconds(configuration.recoveryGrace.milliseconds)
        settings.retryInterval = configuration.retryInterval.map { Milliseconds($0.milliseconds) }
        var options = Engine.Options()
        options.zones = ZoneDirectory().finder
        options.acceptsClockBehind = configuration.acceptsClockBehind
        options.runNotePath = configuration.runNotePath
        do {
            return try Engine(store: store, sink: bridge, settings: settings, options: options)
        } catch {
            throw ServerError(.engineFailed, error.message)
        }
    }

    private static func makeLoops(_ configuration: ServerConfiguration) throws -> [EventLoop] {
        let processors = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let count = configuration.loopCount > 0 ? configuration.loopCount : max(1, processors / 2)
        return try (0..<count).map { _ in try EventLoop() }
    }

    private static func makeEdge(
        _ loops: [EventLoop], _ context: ServerContext, _ registrar: Registrar, _ gate: EdgeGate, _ intakes: Intakes,
        _ draining: Draining
    ) -> HTTPServer {
        let edge = Edge(router: .server(context, registrar, gate, intakes, draining), rules: context.access)
        var limits = HTTPServerConfiguration()
        limits.headersOfRefusals = [Header.serverKind: context.kind.rawValue]
        limits.admit = { edge.admit($0) }
        let server = HTTPServer(loops: loops, configuration: limits) { edge.handle($0, $1) }
        gate.attach(server, context.engine, loops[0])
        return server
    }

    private static func listen(
        _ edge: HTTPServer, _ configuration: ServerConfiguration
    ) throws(ServerError) -> SocketAddress {
        var port = configuration.port
        while true {
            do throws(HTTPServerError) {
                return try edge.bind(host: configuration.host, port: port)
            } catch {
                let mayTryNext =
                    configuration.mode == .dev && error == .portInUse(host: configuration.host, port: port)
                    && port < .max && port - configuration.port < portsTriedMax
                guard mayTryNext else { throw ServerError(.cannotListen, error.description) }
                port += 1
            }
        }
    }

    /// A server that listens on all addresses is reached on loopback.
    private static func url(of address: SocketAddress) -> String {
        let isAny = address.octets.allSatisfy { $0 == 0 }
        let host = isAny ? "127.0.0.1" : address.isIPv6 ? "[\(address.host)]" : address.host
        return "http://\(host):\(address.port)"
    }

    /// Makes no new call, gives those under way the time `grace` to be answered, and closes everything. What was under
    /// way is done again after the next start. Blocks; not from a loop's thread. Safe to call again.
    ///
    /// Requests are still served while calls are under way: what runs there may have to send events or fetch its state.
    /// Answers that were held back until something changes are given at once.
    package func stop(grace: Duration) {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let clock = ContinuousClock()
        let deadline = clock.now + grace
        draining.begin()
        changes.announceStop()
        watch.stop()
        engine.drain()
        // Once this has gone round, all calls that were ordered before have begun.
        let drained = Signal()
        _ = engine.ask(reply: { _ in drained.set() }) { .ping($0) }
        drained.wait(atMost: grace)
        dispatcher.waitUntilIdle(atMost: deadline - clock.now)
        let closed = Signal()
        edge.stop(within: .seconds(1)) { closed.set() }
        closed.wait(atMost: .seconds(5))
        engine.stop()
        for loop in loops { loop.stop() }
        readers.stop()
    }
}

/// Whether the server is being stopped.
final class Draining: Sendable {
    private let flag = Atomic<Bool>(false)
    var isOn: Bool { flag.load(ordering: .acquiring) }
    func begin() { flag.store(true, ordering: .releasing) }
}
