import StepwellHTTP
import StepwellModel

/// All routes of the server. What is not a route is refused, and a route is refused to whom its policy excludes.
package struct Router: Sendable {
    package typealias Handler = @Sendable (Exchange) -> Void

    /// Shared, since every request is matched against several.
    final class Route: Sendable {
        let method: HTTPMethod
        let pattern: PathPattern
        let policy: RoutePolicy
        let bodyBytesMax: Int
        let handler: Handler

        init(
            method: HTTPMethod, pattern: PathPattern, policy: RoutePolicy, bodyBytesMax: Int,
            handler: @escaping Handler
        ) {
            self.method = method
            self.pattern = pattern
            self.policy = policy
            self.bodyBytesMax = bodyBytesMax
            self.handler = handler
        }
    }

    /// What a request line leads to.
    enum Match {
        case route(Route, PathParameters)
        /// The path is known, with other methods.
        case otherMethods([HTTPMethod])
        case nothing
    }

    /// By the number of the pattern's segments, and by the first of them.
    private var routes: [[Substring: [Route]]] = []

    package init() {}

    /// Adds a route. GET routes answer HEAD as well.
    ///
    /// - Parameter bodyBytesMax: The largest body that is read. Default: 64 KiB.
    package mutating func on(
        _ method: HTTPMethod, _ pattern: PathPattern, policy: RoutePolicy, bodyBytesMax: Int = 65_536,
        _ handler: @escaping Handler
    ) {
        while routes.count <= pattern.segmentCount { routes.append([:]) }
        var related = routes[pattern.segmentCount][pattern.first, default: []]
        let rivals = related.filter { $0.method == method && $0.pattern.shape == pattern.shape }
        precondition(rivals.isEmpty, "\(method) \(pattern) is routed twice")
        related.append(
            Route(method: method, pattern: pattern, policy: policy, bodyBytesMax: bodyBytesMax, handler: handler))
        // Literals go before parameters, whatever the order in which they were added.
        related.sort { !$0.pattern.shape.contains("{}") && $1.pattern.shape.contains("{}") }
        routes[pattern.segmentCount][pattern.first] = related
    }

    package mutating func add(_ group: some RouteGroup) { group.register(in: &self) }

    var all: [Route] { routes.flatMap { $0.values.flatMap { $0 } } }

    func match(_ head: HTTPRequestHead) -> Match {
        let parts = PathPattern.split(head.path)
        guard parts.count < routes.count else { return .nothing }
        let method = head.method == .head ? .get : head.method
        var others: [HTTPMethod] = []
        for route in routes[parts.count][parts.first ?? "", default: []] {
            guard let parameters = route.pattern.match(parts) else { continue }
            if route.method == method { return .route(route, parameters) }
            others.append(route.method)
        }
        return others.isEmpty ? .nothing : .otherMethods(others)
    }
}

/// Routes that belong together.
package protocol RouteGroup {
    func register(in router: inout Router)
}
