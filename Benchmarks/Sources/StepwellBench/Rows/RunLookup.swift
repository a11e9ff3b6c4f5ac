import Glibc
import Stepwell

/// Asks the operator's API what a run does next.
struct RunLookup {
    private let client: PlainClient
    private let headers: [(String, String)]

    init(_ server: ServerProcess, _ client: PlainClient) throws {
        self.client = client
        headers = [("Authorization", "Bearer \(try server.operatorToken())")]
    }

    /// Waits until the run that an event started waits for something of a kind.
    func wait(event: String, pending kind: String) throws {
        for _ in 0..<5_000 {
            if try kinds(event: event).contains(kind) { return }
            usleep(1_000)
        }
        throw BenchFailure("the run of event \(event) has not come to its \(kind)")
    }

    private func kinds(event: String) throws -> [String] {
        let runs = try client.get("/api/events/\(event)/runs", headers: headers).json()
        guard let id = runs["data"]?[0]?["id"]?.string else { return [] }
        let run = try client.get("/api/runs/\(id)", headers: headers).json()
        guard case .array(let pending) = run["pending"] else { return [] }
        return pending.compactMap { $0["kind"]?.string }
    }
}
