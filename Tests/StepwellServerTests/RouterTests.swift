import StepwellHTTP
import Testing

@testable import StepwellServer

struct RouterTests {
    private let router: Router = {
        var router = Router()
        router.on(.get, "/runs/{id}", policy: .operator) { _ in }
        router.on(.get, "/runs/live", policy: .operator) { _ in }
        router.on(.delete, "/runs/{id}", policy: .operator) { _ in }
        return router
    }()

    private func match(_ method: HTTPMethod, _ target: String) -> String {
        switch router.match(HTTPRequestHead(method: method, target: target)) {
        case .route(let route, let parameters): "\(route.method) \(route.pattern) \(parameters["id"])"
        case .otherMethods(let methods): "other: " + methods.map(\.name).sorted().joined(separator: ",")
        case .nothing: "nothing"
        }
    }

    @Test func `a path leads to its route, literals before parameters`() {
        #expect(match(.get, "/runs/live") == "GET /runs/live ")
        #expect(match(.get, "/runs/01AB?x=1") == "GET /runs/{id} 01AB")
        #expect(match(.head, "/runs/01AB") == "GET /runs/{id} 01AB")
    }

    @Test func `parameters are decoded, and what cannot be decoded leads nowhere`() {
        #expect(match(.get, "/runs/a%20b%2Fc") == "GET /runs/{id} a b/c")
        #expect(match(.get, "/runs/%zz") == "nothing")
        #expect(match(.get, "/runs/%ff") == "nothing")
    }

    @Test func `doubled and trailing slashes change nothing`() {
        #expect(match(.delete, "//runs/7/") == "DELETE /runs/{id} 7")
    }

    @Test func `a known path with another method names those that it has`() {
        #expect(match(.put, "/runs/7") == "other: DELETE,GET")
        #expect(match(.get, "/jobs") == "nothing")
    }
}
