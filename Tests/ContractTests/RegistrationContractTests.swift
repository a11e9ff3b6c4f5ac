import StepwellModel
import StepwellWire
import Testing

@testable import Stepwell

struct Ordered: Event {
    static let name = "shop/order.placed"
    var total: Int
}

/// The bytes with which an app registers, from PROTOCOL 2.1 and 2.2.
@Suite struct RegistrationContractTests {
    static func function(_ function: some DurableFunction) -> String {
        let configurations = function.definition.configurations(app: "shop", url: "http://worker:3000/api/inngest")
        return configurations.map(\.json.text).joined(separator: "\n")
    }

    static func step(_ slug: String, retries: Int = 4) -> String {
        #""steps":{"step":{"id":"step","name":"step","runtime":{"type":"http","#
            + #""url":"http://worker:3000/api/inngest?fnId=\#(slug)&stepId=step"},"retries":{"attempts":\#(retries)}}}"#
    }

    @Test func `an app`() {
        let app = App(
            client: Client(id: "shop", environment: ["INNGEST_DEV": "1"]),
            functions: [Function("price", triggers: []) { _, _ in }])
        let body = Registration(app: app, url: "http://worker:3000/api/inngest").body(deployID: nil)
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"v":"0.1","url":"http://worker:3000/api/inngest","deployType":"ping","sdk":"swift:v0.1.0","#
                + #""framework":"stepwell","appName":"shop","capabilities":{"in_band_sync":"v1","trust_probe":"v1"},"#
                + #""functions":[{"id":"shop-price","name":"price","triggers":[],\#(Self.step("shop-price"))}]}"#)
    }

    @Test func `a function of a typed event, with a condition`() {
        let function = Function("big", on: Ordered.self, if: "event.data.total > 100") { _, _ in }
        #expect(
            Self.function(function)
                == #"{"id":"shop-big","name":"big","triggers":[{"event":"shop/order.placed","#
                + #""expression":"event.data.total > 100"}],\#(Self.step("shop-big"))}"#)
    }

    @Test func `a function of a wildcard and a schedule`() {
        let triggers: [Trigger] = [.event("shop/*"), .cron("TZ=Europe/Paris 0 9 * * 1", jitter: .seconds(30))]
        #expect(
            Self.function(Function("both", triggers: triggers, options: .init(name: "Both")) { _, _ in })
                == #"{"id":"shop-both","name":"Both","triggers":[{"event":"shop/*"},"#
                + #"{"cron":"TZ=Europe/Paris 0 9 * * 1","jitter":"30s"}],\#(Self.step("shop-both"))}"#)
    }

    @Test func `a failure function listens to the failures of its own function`() {
        let function = Function("pay", on: Ordered.self) { _, _ in }.onFailure { _, _ in }
        #expect(
            Self.function(function)
                == #"{"id":"shop-pay","name":"pay","triggers":[{"event":"shop/order.placed"}],\#(Self.step("shop-pay"))}"#
                + "\n"
                + #"{"id":"shop-pay-failure","name":"pay (failure)","triggers":[{"event":"inngest/function.failed","#
                + #""expression":"event.data.function_id == 'shop-pay'"}],\#(Self.step("shop-pay-failure", retries: 1))}"#
        )
    }

    /// An option, and what it adds to the configuration behind `steps`.
    static let options: [(FunctionOptions, String)] = [
        (.init(concurrency: .limit(100)), #""concurrency":[{"limit":100,"scope":"fn"}]"#),
        (
            .init(concurrency: [.limit(100), .limit(5, key: "event.data.a", scope: .account)]),
            #""concurrency":[{"limit":100,"scope":"fn"},{"limit":5,"key":"event.data.a","scope":"account"}]"#
        ),
        (
            .init(concurrency: [.runs(1, key: "event.data.a"), .limit(2)]),
            #""concurrency":{"fn":[{"limit":1,"key":"event.data.a","scope":"fn"}],"step":[{"limit":2,"scope":"fn"}]}"#
        ),
        (
            .init(throttle: .limit(1_000, per: .seconds(60), burst: 100, key: "event.data.a")),
            #""throttle":{"limit":1000,"period":"1m","burst":100,"key":"event.data.a"}"#
        ),
        (.init(rateLimit: .limit(1, per: .seconds(90))), #""rateLimit":{"limit":1,"period":"1m30s"}"#),
        (
            .init(debounce: .period(.seconds(10), timeout: .seconds(60), key: "event.data.a")),
            #""debounce":{"period":"10s","timeout":"1m","key":"event.data.a"}"#
        ),
        (
            .init(batchEvents: .max(10, timeout: .seconds(86_400), if: "event.data.b")),
            #""batchEvents":{"maxSize":10,"timeout":"24h","if":"event.data.b"}"#
        ),
        (.init(priority: .run("event.data.p * 10")), #""priority":{"run":"event.data.p * 10"}"#),
        (.init(singleton: .skip(key: "event.data.a")), #""singleton":{"mode":"skip","key":"event.data.a"}"#),
        (.init(singleton: .cancel()), #""singleton":{"mode":"cancel"}"#),
        (
            .init(cancelOn: [.event(Ordered.self, match: "data.id", timeout: .seconds(3_600))]),
            #""cancel":[{"event":"shop/order.placed","if":"event.data.id == async.data.id","timeout":"1h"}]"#
        ),
        (
            .init(timeouts: .init(start: .seconds(10), finish: .seconds(300))),
            #""timeouts":{"start":"10s","finish":"5m"}"#
        ),
        (.init(idempotency: "event.data.id"), #""idempotency":"event.data.id""#),
    ]

    @Test(arguments: options) func `an option`(_ options: FunctionOptions, json: String) throws {
        let function = Function("f", on: Ordered.self, options: options) { _, _ in }
        #expect(
            Self.function(function)
                == #"{"id":"shop-f","name":"f","triggers":[{"event":"shop/order.placed"}],\#(Self.step("shop-f")),\#(json)}"#
        )
        try function.definition.validate()
    }

    /// Options that break a rule, and the word by which the error names the field.
    static let broken: [(FunctionOptions, String)] = [
        (.init(retries: 21), "retries"),
        (.init(concurrency: .limit(0)), "concurrency"),
        (.init(concurrency: .limit(1, scope: .environment)), "concurrency"),
        (.init(concurrency: [.limit(1), .limit(2), .limit(3)]), "concurrency"),
        (.init(concurrency: [.runs(1), .runs(2)]), "concurrency"),
        (.init(throttle: .limit(1, per: .milliseconds(10))), "throttle"),
        (.init(rateLimit: .limit(1, per: .seconds(90_000))), "rateLimit"),
        (.init(debounce: .period(.milliseconds(10))), "debounce"),
        (.init(batchEvents: .max(1, timeout: .seconds(1))), "batchEvents"),
        (.init(batchEvents: .max(2, timeout: .seconds(1)), singleton: .skip()), "singleton"),
        (.init(cancelOn: (0..<6).map { .event("e\($0)") }), "cancel"),
    ]

    @Test(arguments: broken) func `an option that breaks a rule`(_ options: FunctionOptions, field: String) throws {
        let function = Function("f", on: Ordered.self, options: options) { _, _ in }
        let error = try #require(throws: StepwellError.self) { try function.definition.validate() }
        #expect(error.code == .configurationInvalid)
        #expect(error.message.contains(field))
    }

    @Test(arguments: ["", "a b", "a&b", "ü", "a'b"]) func `an id that cannot stand in a URL or expression`(id: String)
        throws
    {
        let error = try #require(throws: StepwellError.self) {
            try Function(id, on: Ordered.self) { _, _ in }.definition.validate()
        }
        #expect(error.code == .configurationInvalid)
    }
}
