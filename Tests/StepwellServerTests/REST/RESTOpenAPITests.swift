import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellStore
import StepwellWire
import Testing

@testable import StepwellServer

/// The description and the routes say the same.
@Suite(.timeLimit(.minutes(3)))
struct RESTOpenAPITests {
    private let document: RawJSON
    private let operations: Set<String>

    init() throws {
        document = try RawJSON(validating: OpenAPIDocument.bytes)
        var operations: Set<String> = []
        document["paths"]?.forEachMember { path, item in
            item.forEachMember { method, _ in operations.insert("\(method.string.uppercased()) \(path.string)") }
        }
        self.operations = operations
    }

    @Test func `every route below api is described, and every description is routed`() throws {
        let rest = try RESTBed()
        let configuration = ServerConfiguration(mode: .dev)
        let readers = try ReadThreads(count: 1)
        defer { readers.stop() }
        let context = ServerContext(
            configuration: configuration, engine: rest.bed.server.engine, reader: rest.bed.reader, kind: .development,
            ids: IDSource(), changes: rest.bed.server.changes,
            access: AccessRules(configuration, try ServerKeys(configuration)), readers: readers)
        var router = Router()
        router.add(RESTRoutes(context: context))
        let routed = router.all.filter { $0.pattern.description.hasPrefix("/api/") }
        #expect(Set(routed.map { "\($0.method) \($0.pattern)" }) == operations)
        #expect(!operations.isEmpty)
    }

    @Test func `every operation that takes a body says that it may be too large`() {
        var described = 0
        document["paths"]?.forEachMember { path, item in
            item.forEachMember { method, operation in
                guard operation["requestBody"] != nil else { return }
                described += 1
                #expect(operation["responses"]?["413"] != nil, "\(method.string) \(path.string)")
            }
        }
        #expect(described > 0)
    }

    @Test func `every reference leads to a component, and every component is referred to`() {
        let text = document.text
        var referred: Set<String> = []
        for part in text.split(separator: "\"#/components/").dropFirst() {
            let name = part.prefix { $0 != "\"" }
            referred.insert(String(name))
            let path = name.split(separator: "/").map(String.init)
            #expect(document.value(at: ["components"] + path) != nil, "\(name)")
        }
        for kind in ["schemas", "parameters", "responses"] {
            document.value(at: ["components", kind])?.forEachMember { name, _ in
                #expect(referred.contains("\(kind)/\(name.string)"))
            }
        }
    }

    @Test func `the described query parameters are those that the routes take`() async throws {
        let rest = try RESTBed()
        for operation in operations where operation.hasPrefix("GET ") {
            let path = String(operation.dropFirst(4))
            guard path != "/api/openapi.json" else { continue }
            let target = path.split(separator: "{").first.map(String.init) ?? path
            let concrete =
                path.contains("{")
                ? target + "01ARZ3NDEKTSV4RRFFQ69G5FAV" + (path.split(separator: "}").dropFirst().first ?? "") : path
            let refusal = try await rest.get("\(concrete)?nonsense=1").json["error"]?.string ?? ""
            let list = refusal.split(separator: "takes ").last?.dropLast() ?? ""
            let taken = list == "none" ? [] : list.split(separator: ", ").map(String.init)
            #expect(Set(queryParameters(of: path)) == Set(taken), "\(path): \(refusal)")
        }
    }

    private func queryParameters(of path: String) -> [String] {
        let parameters = document.value(at: ["paths", path, "get", "parameters"])?.elements ?? []
        return parameters.compactMap { parameter in
            let reference = parameter["$ref"]?.string?.split(separator: "/").last.map(String.init)
            let resolved = reference.flatMap { document.value(at: ["components", "parameters", $0]) } ?? parameter
            return resolved["in"]?.string == "query" ? resolved["name"]?.string : nil
        }
    }

    /// An answer has the members that its schema requires, and no other.
    @Test func `answers have the members that are described`() async throws {
        let worker = try RESTBed.worker()
        let rest = try RESTBed()
        try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"))
        let event = try await rest.bed.send(#"{"name":"a/b"}"#)
        let run = try await rest.bed.run(of: event).run.id
        try await rest.bed.register(
            app: "other", at: worker.url, .init("waiting", on: "a/w", more: #""cancel":[{"event":"a/stop"}]"#))
        let later = try await rest.bed.send(#"{"name":"a/w","ts":4000000000000}"#)
        let waiting = try await rest.bed.eventually { try $0.runs(RunQuery(event: later)).rows.first?.run.id }
        let again = try await rest.bed.ask(
            .post, "/api/runs/\(run)/rerun", body: #"{"from_step":{"step_id":"two","input":[1]}}"#)
        let rerun = try #require(again.json["id"]?.string)
        let work = try await rest.bed.ask(
            .post, "/api/bulk",
            body: #"{"action":"rerun","filter":{"function":"app-fn"},"from_step":{"step":"x","input":[1]}}"#)
        let bulk = try #require(work.json["id"]?.string)
        let samples = [
            ("Server", "/api/server", [String]()), ("EventPage", "/api/events", []),
            ("EventDetail", "/api/events/\(event)", []), ("Event", "/api/events", ["data"]),
            ("RunPage", "/api/runs?output=true", []), ("RunDetail", "/api/runs/\(run)", []),
            ("Step", "/api/runs/\(run)", ["steps"]), ("FailedAttempt", "/api/runs/\(run)", ["failed_attempts"]),
            ("Run", "/api/runs?output=true", ["data"]), ("FromStep", "/api/runs/\(rerun)", ["from_step"]),
            ("Bulk", "/api/bulk/\(bulk)", []), ("BulkList", "/api/bulk", []),
            ("BulkStart", "/api/bulk/\(bulk)", ["from_step"]), ("BulkFilter", "/api/bulk/\(bulk)", ["filter"]),
            ("AuditPage", "/api/audit", []), ("Audit", "/api/audit", ["data"]),
            ("Function", "/api/functions/app-fn", []),
            ("FunctionList", "/api/functions", []), ("App", "/api/apps/app", []), ("AppList", "/api/apps", []),
            ("Error", "/api/apps/nope", []), ("Why", "/api/runs/\(run)/why", []),
            ("WhyAction", "/api/runs/\(waiting)/why", ["actions"]),
            ("WhyWatch", "/api/runs/\(waiting)/why", ["watches"]),
        ]
        for (schema, target, path) in samples {
            let whole = try await rest.get(target).json.slice
            let part = try #require(
                path.isEmpty ? whole : whole.value(at: path).map { $0.elements?.first ?? $0 }, "\(schema)")
            let described = document.value(at: ["components", "schemas", schema, "properties"])?.members?.map(\.name)
            #expect(Set(part.members?.map(\.name) ?? []) == Set(described ?? []), "\(schema)")
        }
    }
}
