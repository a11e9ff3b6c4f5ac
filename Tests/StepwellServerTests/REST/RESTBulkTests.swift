import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellSQLite
import StepwellStore
import Testing

@testable import StepwellServer

/// Work on many runs, over sockets, from a SQLite file.
@Suite(.timeLimit(.minutes(3)))
struct RESTBulkTests {
    private static let nobody = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    /// A server with a worker whose function fails or naps, as its events say.
    private struct Bed {
        let worker: ScriptedWorker
        let rest: RESTBed

        init() async throws {
            worker = try RESTBed.worker()
            rest = try RESTBed()
            try await rest.bed.register(at: worker.url, .init("fn", on: "a/b"), .init("other", on: "a/c"))
        }

        func post(_ body: String, _ path: String = "/api/bulk") async throws -> TestBed.Answer {
            try await rest.bed.ask(.post, path, body: body)
        }

        /// The work that a request begins, once it has ended.
        func ended(_ body: String) async throws -> RawJSON {
            let answer = try await post(body)
            try #require(answer.status == 200, "\(answer.text)")
            let id = try #require(answer.json["id"]?.string.flatMap { ULID($0) })
            while try rest.bed.reader.bulk(id)?.state == .running { await Task.yield() }
            return try await rest.get("/api/bulk/\(id)").json
        }

        func sleepers(_ count: Int, event: String = "a/b") async throws {
            for number in 0..<count {
                try await rest.bed.send(#"{"name":"\#(event)","data":{"nap":"1h","n":\#(number)}}"#)
            }
            let reader = rest.bed.reader
            _ = try await rest.bed.eventually { _ in
                let runs = try reader.runs(RunQuery(statuses: [.running], position: PagePosition(limit: 100))).rows
                let asleep = try runs.filter { try reader.steps(of: $0.run.key).count == 2 }
                return asleep.count >= count ? true : nil
            }
        }

        func failures(_ count: Int) async throws {
            for number in 0..<count {
                _ = try await rest.bed.run(
                    of: try await rest.bed.send(#"{"name":"a/b","data":{"fails":1,"n":\#(number)}}"#))
            }
        }

        func statuses() async throws -> [String: Int64] {
            var counts: [String: Int64] = [:]
            try await rest.get("/api/server").json["runs"]?.forEachMember { status, count in
                if let count = count.integer, count > 0 { counts[status.string] = count }
            }
            return counts
        }
    }

    @Test func `many runs are counted first, then cancelled, and the work says how it went`() async throws {
        let bed = try await Bed()
        try await bed.sleepers(5)
        try await bed.sleepers(1, event: "a/c")
        let order = #""action":"cancel","filter":{"function":"app-fn","if":"event.data.n >= 1"}"#
        let count = try await bed.post(#"{\#(order),"dry_run":true}"#)
        #expect(count.text == #"{"found":4,"is_complete":true}"#)
        #expect(try await bed.statuses() == ["running": 6])
        let work = try await bed.ended(#"{\#(order)}"#)
        #expect(work["action"]?.string == "cancel")
        #expect(work["state"]?.string == "completed")
        #expect(work["percent"]?.integer == 100)
        #expect(work["found"]?.integer == 4)
        #expect(work["done"]?.integer == 4)
        #expect(
            work["filter"]?.text
                == #"{"function":["app-fn"],"status":["queued","running"],"event":null,"from":null,"until":null,"if":"event.data.n >= 1"}"#
        )
        #expect(work["ended_at"]?.string.flatMap { DateText.parse($0) } != nil)
        #expect(try await bed.statuses() == ["running": 2, "cancelled": 4])
        let list = try await bed.rest.get("/api/bulk").json["data"]?.elements
        #expect(list?.map(\.text) == [work.text])
        let id = try #require(work["id"]?.string)
        let again = try await bed.post("", "/api/bulk/\(id)/stop")
        #expect(again.status == 409)
        #expect(again.json["code"]?.string == "SW0445")
    }

    @Test func `what failed is run again once each, whatever becomes of it`() async throws {
        let bed = try await Bed()
        try await bed.failures(3)
        let work = try await bed.ended(#"{"action":"rerun","filter":{"app":"app"}}"#)
        #expect(work["done"]?.integer == 3)
        #expect(work["filter"]?["status"]?.text == #"["failed"]"#)
        let runs = try bed.rest.bed.reader.runs(RunQuery(position: PagePosition(limit: 100))).rows
        // No key path: the address sanitizer takes the way in which the library reads through an optional for an overlap.
        let originals = runs.compactMap { $0.rerun?.originalID }
        #expect(runs.count == 6)
        #expect(Set(originals).count == 3)
        #expect(Set(originals) == Set(runs.filter { $0.rerun == nil }.map(\.run.id)))
    }

    @Test func `runs are run again from a step with another input, and say which work has made them`() async throws {
        let bed = try await Bed()
        for _ in 0..<3 { _ = try await bed.rest.bed.run(of: try await bed.rest.bed.send(#"{"name":"a/b"}"#)) }
        let which = #""filter":{"app":"app","status":"completed"}"#
        let work = try await bed.ended(
            #"{"action":"rerun",\#(which),"from_step":{"step":"two","input":[7]},"limit":2}"#)
        #expect(work["done"]?.integer == 2)
        #expect(work["state"]?.string == "limit_reached")
        #expect(work["limit"]?.integer == 2)
        #expect(work["from_step"]?.text == #"{"step":"two","input":[7]}"#)
        let id = try #require(work["id"]?.string)
        let runs = try await bed.rest.get("/api/runs").json["data"]?.elements ?? []
        #expect(runs.map { $0["origin"]?.string } == ["rerun", "rerun", "event", "event", "event"])
        #expect(runs.map { $0["bulk_id"]?.string } == [id, id, nil, nil, nil])
        let newest = try await bed.rest.get("/api/runs/\(runs[0]["id"]?.string ?? "")").json
        #expect(newest["from_step"]?["input"]?.text == "[7]")
        #expect(newest["bulk_id"]?.string == id)
        // The step before came along.
        #expect(newest["steps"]?.elements?.first?["name"]?.string == "one")
    }

    @Test func `events are counted, then sent again once each, and their runs say so`() async throws {
        let bed = try await Bed()
        try await bed.failures(3)
        let order = #""action":"resend","filter":{"event":"a/b","if":"event.data.n >= 1"}"#
        #expect(try await bed.post(#"{\#(order),"dry_run":true}"#).text == #"{"found":2,"is_complete":true}"#)
        #expect(
            try await bed.post(#"{\#(order),"dry_run":true,"limit":1}"#).text == #"{"found":1,"is_complete":true}"#)
        let work = try await bed.ended(#"{\#(order)}"#)
        #expect(work["done"]?.integer == 2)
        #expect(work["filter"]?["event"]?.text == #"["a/b"]"#)
        let id = try #require(work["id"]?.string)
        let runs = try await bed.rest.bed.eventually { reader in
            let runs = try reader.runs(RunQuery()).rows
            return runs.count == 5 ? runs : nil
        }
        #expect(runs.prefix(2).allSatisfy { $0.resend?.bulkID?.description == id })
        let listed = try await bed.rest.get("/api/runs").json["data"]?.elements ?? []
        #expect(listed.map { $0["origin"]?.string } == ["resend", "resend", "event", "event", "event"])
        let event = try #require(listed.first?["event_id"]?.string)
        let shown = try await bed.rest.get("/api/events/\(event)").json
        #expect(shown["bulk_id"]?.string == id)
        #expect(shown["original_event_id"]?.string == listed[2]["event_id"]?.string)
    }

    @Test func `work with a rate goes on after a restart, and does nothing twice`() async throws {
        let store = MemoryStore()
        let worker = try RESTBed.worker()
        let bed = try TestBed(store: store, reader: store)
        try await bed.register(at: worker.url, .init("fn", on: "a/b"))
        for _ in 0..<4 { _ = try await bed.run(of: try await bed.send(#"{"name":"a/b","data":{"fails":1}}"#)) }
        let answer = try await bed.ask(
            .post, "/api/bulk", body: #"{"action":"rerun","filter":{"function":"app-fn"},"rate":2}"#)
        let id = try #require(answer.json["id"]?.string.flatMap { ULID($0) })
        while store.bulk(id)?.progress.done == 0 { await Task.yield() }
        bed.server.stop(grace: .zero)
        let next = MemoryStore(store.state)
        let before = try #require(next.bulk(id))
        #expect(before.state == .running)
        #expect(before.progress.done < 4)
        let after = try TestBed(store: next, reader: next)
        while next.bulk(id)?.state == .running { await Task.yield() }
        #expect(next.bulk(id)?.progress.done == 4)
        let repeated = next.state.reruns.values.filter { $0.bulkID == id }.map(\.originalID)
        #expect(repeated.count == 4)
        #expect(Set(repeated).count == 4)
        after.server.stop(grace: .zero)
    }

    @Test func `work that is stopped leaves the rest as it is`() async throws {
        let bed = try await Bed()
        try await bed.failures(3)
        let answer = try await bed.post(#"{"action":"rerun","filter":{"function":["app-fn","app-other"]},"rate":1}"#)
        let id = try #require(answer.json["id"]?.string)
        #expect(answer.json["rate"]?.integer == 1)
        let stopped = try await bed.post("", "/api/bulk/\(id)/stop")
        #expect(stopped.status == 200)
        #expect(stopped.json["state"]?.string == "stopped")
        #expect(stopped.json["done"]?.integer ?? 9 < 3)
        #expect(stopped.json["percent"]?.integer ?? 100 < 100)
    }

    @Test func `a function that is not of the app is refused, with both names`() async throws {
        let bed = try await Bed()
        let other = try RESTBed.worker()
        try await bed.rest.bed.register(app: "else", at: other.url, .init("fn", on: "x/y"))
        let answer = try await bed.post(#"{"action":"rerun","filter":{"function":"app-fn","app":"else"}}"#)
        #expect(answer.status == 400)
        #expect(
            answer.json["error"]?.string
                == #"the function "app-fn" is not one of the app "else": leave one of the two out."#)
        #expect(try await bed.rest.get("/api/bulk").json["data"]?.elements?.count == 0)
    }

    @Test func `a time in which nothing was queued finds nothing`() async throws {
        let bed = try await Bed()
        try await bed.failures(1)
        let filters = [#"{"from":"2999-01-01T00:00:00Z"}"#, #"{"until":"2000-01-01T00:00:00Z"}"#]
        for filter in filters {
            let count = try await bed.post(#"{"action":"rerun","filter":\#(filter),"dry_run":true}"#)
            #expect(count.text == #"{"found":0,"is_complete":true}"#)
            #expect(try await bed.ended(#"{"action":"rerun","filter":\#(filter)}"#)["done"]?.integer == 0)
        }
    }

    @Test(
        arguments: [
            (#"{"action":"delete","filter":{"app":"app"}}"#, "400 SW0400", "action must be cancel, rerun or resend."),
            (#"{"filter":{"app":"app"}}"#, "400 SW0400", "action must be cancel, rerun or resend."),
            (#"{"action":"cancel"}"#, "400 SW0400", "the filter must name a function, an app or a time"),
            (#"{"action":"cancel","filter":{"status":"queued"}}"#, "400 SW0400", "the filter must name a function"),
            (#"{"action":"cancel","filter":{"app":"app","status":"failed"}}"#, "400 SW0400", "queued or running"),
            (#"{"action":"rerun","filter":{"app":"app","status":["odd"]}}"#, "400 SW0400", #"not "odd""#),
            (#"{"action":"rerun","filter":{"app":"app","from":"soon"}}"#, "400 SW0400", "filter.from must be a time"),
            (
                #"{"action":"rerun","filter":{"app":"app"},"rate":-1}"#, "400 SW0400",
                "rate must be a whole number from 1"
            ),
            (
                #"{"action":"rerun","filter":{"app":"app"},"rate":0}"#, "400 SW0400",
                "rate must be a whole number from 1"
            ),
            (#"{"action":"rerun","filter":{"app":"app"},"rate":1.5}"#, "400 SW0400", "rate must be a whole number"),
            (
                #"{"action":"rerun","filter":{"app":"app"},"dry_run":"yes"}"#, "400 SW0400",
                "dry_run must be true or false"
            ),
            (
                #"{"action":"rerun","filter":{"app":"app"},"limit":0}"#, "400 SW0400",
                "limit must be a whole number from 1"
            ),
            (
                #"{"action":"rerun","filter":{"app":"app"},"from_step":{}}"#, "400 SW0400",
                "from_step.step must be the name"
            ),
            (
                #"{"action":"rerun","filter":{"app":"app"},"from_step":{"step":"one","input":{}}}"#, "400 SW0400",
                "from_step.input must be an array"
            ),
            (
                #"{"action":"cancel","filter":{"app":"app"},"from_step":{"step":"one"}}"#, "400 SW0400",
                "from_step goes with the action rerun, not with cancel"
            ),
            (#"{"action":"resend","filter":{}}"#, "400 SW0400", "the filter must name an event or a time"),
            (#"{"action":"resend","filter":{"app":"app"}}"#, "400 SW0400", #"filter has no member "app""#),
            (
                #"{"action":"resend","filter":{"event":["a/b","inngest/x"]}}"#, "409 SW0443",
                "inngest/x are the server's own"
            ),
            (#"{"action":"rerun","filter":{"event":"a/b"}}"#, "400 SW0400", #"filter has no member "event""#),
            (#"{"action":"rerun","filter":{"app":"app"},"wet_run":1}"#, "400 SW0400", #"no member "wet_run""#),
            (#"{"action":"rerun","filter":{"app":"app","fn":"x"}}"#, "400 SW0400", #"filter has no member "fn""#),
            (#"{"action":"rerun","filter":{"app":"app"}"#, "400 SW0400", "the body is no JSON"),
            (#"{"action":"rerun","filter":{"function":"nope"}}"#, "404 SW0415", #"no function "nope""#),
            (#"{"action":"rerun","filter":{"app":"nope"}}"#, "404 SW0417", #"no app "nope""#),
            (
                #"{"action":"rerun","filter":{"app":"app","if":"event.data.n >"}}"#, "400 SW0444",
                "line 1, column 15"
            ),
            (
                #"{"action":"rerun","filter":{"app":"app","if":"true &&\n async.data.n"}}"#, "400 SW0444",
                "line 2, column 2"
            ),
        ])
    func `what cannot be followed is refused with the reason, and nothing begins`(
        body: String, outcome: String, reason: String
    ) async throws {
        let bed = try await Bed()
        let answer = try await bed.post(body)
        #expect("\(answer.status) \(answer.json["code"]?.string ?? "")" == outcome)
        #expect(answer.json["error"]?.string?.contains(reason) == true, "\(answer.text)")
        #expect(try await bed.rest.get("/api/bulk").json["data"]?.elements?.count == 0)
    }

    @Test func `work that there is not is 404`() async throws {
        let rest = try RESTBed()
        #expect(try await rest.get("/api/bulk/\(Self.nobody)").json["code"]?.string == "SW0501")
        #expect(try await rest.get("/api/bulk/nonsense").status == 404)
        #expect(try await rest.bed.ask(.post, "/api/bulk/\(Self.nobody)/stop").status == 404)
    }

    @Test(arguments: [("POST", "/api/bulk"), ("GET", "/api/bulk"), ("POST", "/api/bulk/\(nobody)/stop")])
    func `in start the verbs want the operator's token`(method: String, target: String) async throws {
        let rest = try RESTBed(.start)
        let verb: HTTPMethod = method == "GET" ? .get : .post
        #expect(try await rest.bed.ask(verb, target).status == 401)
        #expect(try await rest.bed.ask(verb, target, headers: rest.bed.signed).status == 401)
        let token = [("Authorization", "Bearer \(TestBed.token)")]
        #expect(try await rest.bed.ask(verb, target, headers: token).status != 401)
    }
}
