@testable import StepwellCore
import StepwellModel
import Testing

@Suite struct GatewayTests {
    let bench = Bench()
    private static let options = RawJSON(
        text:
            #"{"url":"http://h/x?key=s1&q=2","headers":{"Authorization":"s2","Accept":"a/b"},"auth_key":"s3","body":"b"}"#
    )

    init() throws {
        try bench.register(
            Bench.function("job", on: "app/go", retries: 1, #""concurrency":1"#), Bench.function("free", on: "app/free")
        )
    }

    private func operation(_ kind: StepwellCore.Operation.Kind = .gateway, _ id: String = "get")
        -> StepwellCore.Operation
    {
        .init(id: id, name: id, kind: kind, options: Self.options)
    }

    /// The request of a run that has just asked for one.
    private func requested(_ kind: StepwellCore.Operation.Kind = .gateway, on event: String = "app/go") throws
        -> GatewayOrder
    {
        bench.send(event)
        bench.answer(try #require(bench.newOrders().first), operation(kind))
        return try #require(bench.newRequests().first)
    }

    private func answer(_ order: GatewayOrder, _ outcome: CallOutcome) {
        bench.apply(.answer(CallAnswer(generation: order.generation, outcome: outcome)))
    }

    private func recorded() -> [StepRow] {
        bench.newWrites().compactMap { if case .insertStep(let row) = $0 { row } else { nil } }
    }

    @Test func `a request is made with all that the SDK sent, and its memo is the step's result`() throws {
        let order = try requested()
        #expect(order.options == Self.options)
        #expect(!order.isInference && order.attempt == 0)
        answer(order, .fetched(memo: RawJSON(text: #"{"data":1}"#)))
        let row = try #require(recorded().first)
        #expect(row.kind == .gateway && !row.isError && row.attempts == 1)
        #expect(
            row.options?.text
                == #"{"url":"http://h/x?key=(redacted)&q=2","headers":{"Authorization":"(redacted)","Accept":"a/b"},"#
                + #""auth_key":"(redacted)","body":"b"}"#)
        #expect(bench.newOrders().first?.steps.map(\.memo.text) == [#"{"data":1}"#])
    }

    @Test func `a request that fails is made again, and then the step has failed and the function goes on`() throws {
        let error = RawJSON(text: #"{"message":"refused","name":"AIGatewayError"}"#)
        answer(try requested(.aiGateway), .failed(error: error, retry: .standard))
        #expect(bench.newOrders().isEmpty && bench.newRequests().isEmpty)
        bench.advance(by: .minutes(2))
        let second = try #require(bench.newRequests().first)
        #expect(second.attempt == 1 && second.isInference)
        answer(second, .failed(error: error, retry: .standard))
        let row = try #require(recorded().first)
        #expect(row.kind == .aiGateway && row.isError && row.attempts == 2)
        #expect(bench.newOrders().first?.steps.map(\.memo.text) == [#"{"error":\#(error.text)}"#])
    }

    @Test func `a request that can never be made fails its step at the first attempt`() throws {
        answer(try requested(), .failed(error: .null, retry: .never))
        #expect(recorded().map(\.isError) == [true])
        #expect(bench.newOrders().count == 1)
    }

    @Test func `a request holds the function's slot, and no call to the app`() throws {
        let order = try requested()
        bench.send("app/go")
        #expect(bench.newOrders().isEmpty)
        answer(order, .fetched(memo: RawJSON(text: #"{"data":1}"#)))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `the answer to a request says nothing about an app that is away`() throws {
        let order = try requested(on: "app/free")
        bench.send("app/free")
        bench.answer(try #require(bench.newOrders().first), .unreachable(message: "refused"))
        answer(order, .fetched(memo: RawJSON(text: #"{"data":1}"#)))
        #expect(recorded().count == 1)
        #expect(bench.newOrders().isEmpty)
        bench.advance(by: .seconds(1))
        #expect(bench.newOrders().count == 1)
    }

    @Test func `no more requests are in flight than may be`() throws {
        var settings = Settings()
        settings.gatewayCallsMax = 2
        let bench = Bench(settings: settings)
        try bench.register(Bench.function("free", on: "app/free"))
        bench.send("app/free")
        bench.answer(
            try #require(bench.newOrders().first), operation(.gateway, "a"), operation(.gateway, "b"),
            operation(.gateway, "c"))
        let orders = bench.newRequests()
        #expect(orders.count == 2)
        let token = bench.token()
        bench.apply(.explain(orders[0].runKey, token))
        guard case .explained(let explanation)? = bench.reply(token.value) else { throw Missing() }
        #expect(explanation.actions.count == 3)
        #expect(
            explanation.actions.last?.causes.contains {
                if case .gatewayLimit(let occupancy) = $0 {
                    occupancy.inUse == 2 && occupancy.limit == 2
                } else {
                    false
                }
            } == true)
        bench.apply(
            .answer(
                CallAnswer(generation: orders[0].generation, outcome: .fetched(memo: RawJSON(text: #"{"data":1}"#)))))
        #expect(bench.newRequests().count == 1)
    }

    @Test func `an answer of before a restart is refused, and the request is made again`() throws {
        let before = try requested()
        let (after, run) = try Bench.recover(from: bench)
        after.apply(.answer(CallAnswer(generation: before.generation, outcome: .fetched(memo: .null))))
        let load = try #require(after.newLoads().first)
        after.apply(.loaded(ticket: load.ticket, .run(run)))
        let again = try #require(after.newRequests().first)
        #expect(again.generation > before.generation && again.attempt == 0 && again.options == Self.options)
        #expect(after.newWrites().allSatisfy { if case .insertStep = $0 { false } else { true } })
    }

    @Test func `a cancelled run drops the answer to its request`() throws {
        let order = try requested()
        bench.apply(.cancel(order.runKey, bench.token()))
        answer(order, .fetched(memo: RawJSON(text: #"{"data":1}"#)))
        #expect(recorded().isEmpty)
    }

    @Test(arguments: [
        ("http://u:p@h/x", "http://(redacted)@h/x"),
        ("http://h/x?a=1&api_key=2&b=3", "http://h/x?a=1&api_key=(redacted)&b=3"),
        ("http://h/x?X-Goog-Signature=2", "http://h/x?X-Goog-Signature=(redacted)"), ("http://h/x", "http://h/x"),
        ("http://h/x?", "http://h/x?"), ("", ""),
    ])
    func `a URL is shown without what may be a secret`(url: String, shown: String) {
        #expect(GatewayOptions.redacted(url: url) == shown)
    }
}
