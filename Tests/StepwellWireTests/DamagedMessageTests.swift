import StepwellModel
import Testing

@testable import StepwellWire

/// Messages that were damaged on the way are read or refused, and nothing crashes. A failure names the seed.
struct DamagedMessageTests {
    private static let messages: [[UInt8]] = [
        #"[{"name":"a/b","data":{"x":[1,2]},"id":"i","ts":1700000000000,"meta":{"sessions":{"k":1}}},{"name":"c","user":{"u":null}}]"#,
        #"[{"op":"StepRun","id":"a","displayName":"é","data":{"x":1},"userland":{"id":"x","index":0},"timing":{"a":1,"b":2}},{"op":"Sleep","id":"b","name":"1h"}]"#,
        #"   {"status":206,"headers":{"Retry-After":"30"},"body":"[{\"op\":\"StepRun\",\"id\":\"a\"}]","version":2}"#,
        #"{"ctx":{"run_id":"r","stack":{"stack":["a"],"current":1}},"event":{"name":"a"},"events":[{}],"steps":{"a":{"data":1}},"version":2}"#,
        #"{"appName":"a","url":"http://h:1/x","functions":[{"id":"f","name":"F","triggers":[{"cron":"*/5 * * * *"}],"steps":{"step":{"runtime":{"url":"http://h"}}},"#
            + #""concurrency":[{"limit":1,"key":"k","scope":"env"}],"batchEvents":{"maxSize":2,"timeout":"1.5s"},"debounce":{"period":"1h"}}]}"#,
        "name=a%20b&x=1&y=%C3%A9",
        "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na/b\r\n--B\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n--B--\r\n",
    ].map { Array($0.utf8) }

    @Test(arguments: 0..<messages.count) func `a damaged message is read or refused`(index: Int) {
        let time = Timestamp(milliseconds: 1_700_000_000_000)
        for seed in 0..<1_500 {
            var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
            func below(_ bound: Int) -> Int {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return Int(state % UInt64(bound))
            }
            var body = Self.messages[index]
            for _ in 0...below(3) where !body.isEmpty {
                let place = below(body.count)
                switch below(4) {
                case 0: body[place] = UInt8(below(256))
                case 1: body.remove(at: place)
                case 2: body.insert(UInt8(below(128)), at: place)
                default: body.removeSubrange(place..<min(place + below(20), body.count))
                }
            }
            for type in ["application/json", "multipart/form-data; boundary=B", "application/x-www-form-urlencoded"] {
                let events = EventBody(body, contentType: type, receivedAt: time) { ULID(high: UInt64($0), low: 0) }
                #expect(events.events.allSatisfy { (try? RawJSON(validating: $0.json.bytes)) != nil }, "seed \(seed)")
            }
            if let opcodes = try? Opcode.decode(body) {
                #expect((try? Opcode.decode(Opcode.encode(opcodes))) == opcodes, "seed \(seed)")
            }
            for status in [200, 201, 206, 500] {
                let answer = CallAnswer(status: status, headers: { _ in "x" }, body: body, at: time)
                if case .complete(let output) = answer.outcome {
                    #expect((try? RawJSON(validating: output.bytes)) != nil, "seed \(seed)")
                }
            }
            if let request = try? CallRequest(parsing: body) {
                #expect((try? CallRequest(parsing: request.bytes)) != nil, "seed \(seed)")
            }
            if let request = try? RegisterRequest(parsing: body) {
                #expect(request.functions.allSatisfy { !$0.configuration.slug.isEmpty }, "seed \(seed)")
            }
        }
    }
}
