import StepwellModel
import Testing

@testable import Stepwell

@Suite struct DamagedRequestsTests {
    /// A linear congruential generator (Knuth's MMIX constants): the same seed, the same damage.
    struct Damage {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }

        mutating func apply(to bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0...below(3) {
                let place = below(bytes.count)
                switch below(4) {
                case 0: bytes[place] = UInt8(below(256))
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(8)))
                case 2: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + below(20))], at: place)
                default: bytes = Array(bytes.prefix(place + 1))
                }
                if bytes.isEmpty { return [] }
            }
            return bytes
        }
    }

    @Test func `damaged calls are served or refused, and the next call is served`() async throws {
        let serve = try ServeTests.serve(["INNGEST_DEV": "1", "INNGEST_BASE_URL": "http://127.0.0.1:1"])
        var damage = Damage(state: 1)
        for _ in 0..<2_000 {
            let body = damage.apply(to: ServeTests.body())
            let response = await serve.handle(ServeRequest(method: "POST", target: ServeTests.call, body: body))
            #expect([200, 206, 400, 500].contains(response.status))
            #expect(response.json != nil)
        }
        let whole = ServeRequest(method: "POST", target: ServeTests.call, body: ServeTests.body())
        #expect(await serve.handle(whole).status == 206)
    }
}
