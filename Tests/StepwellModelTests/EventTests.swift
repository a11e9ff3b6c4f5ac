import Testing

@testable import StepwellModel

private let now = Timestamp(milliseconds: 1_700_000_000_000)
private let ulid = ULID(time: now, entropyHigh: 1, entropyLow: 2)

private func received(_ text: String) throws -> ReceivedEvent {
    try ReceivedEvent(RawJSON(validating: Array(text.utf8)).slice, id: ulid, receivedAt: now)
}

private func refusal(_ text: String) -> EventError? {
    #expect(throws: EventError.self) { try received(text) }
}

struct ReceivedEventTests {
    @Test(arguments: [
        (#"{"name":"a"}"#, #"{"data":{},"id":"01HF7YAT00000G000000000002","name":"a","ts":1700000000000,"user":{}}"#),
        (
            #"{ "v":"1", "user":{"b":1,"a":2}, "ts":1690000000000, "name":"a/b", "id":"mine", "data":{"z":[1.0],"a":null}, "x":0 }"#,
            #"{"data":{"a":null,"z":[1]},"id":"mine","name":"a/b","ts":1690000000000,"user":{"a":2,"b":1},"v":"1"}"#
        ),
        (
            #"{"name":"a","data":null,"user":null,"ts":0,"id":"","v":"","meta":null}"#,
            #"{"data":{},"id":"01HF7YAT00000G000000000002","name":"a","ts":1700000000000,"user":{}}"#
        ),
        (
            #"{"name":"a","id":"i","ts":1.7e12,"data":{"b":{"_inngest":1},"_inngest":{"fn_id":"x"},"a":1}}"#,
            #"{"data":{"a":1,"b":{"_inngest":1}},"id":"i","name":"a","ts":1700000000000,"user":{}}"#
        ),
        (
            #"{"name":"a","id":"i","meta":{"sessions":{"b":"1","a":2}}}"#,
            #"{"data":{},"id":"i","meta":{"sessions":{"a":"2","b":"1"}},"name":"a","ts":1700000000000,"user":{}}"#
        ),
    ])
    func `an event is completed and put into canonical form`(text: String, expected: String) throws {
        let event = try received(text)
        #expect(event.json.text == expected)
        #expect(event.json.isCanonical)
        #expect(event.losses == [])
    }

    @Test func `numbers that canonical form would change are kept as sent`() throws {
        let event = try received(#"{"name":"a","id":"i","data":{"z":0,"n":12345678901234567890},"user":{"b":1,"a":1}}"#)
        #expect(
            event.json.text
                == #"{"data":{"z":0,"n":12345678901234567890},"id":"i","name":"a","ts":1700000000000,"user":{"a":1,"b":1}}"#
        )
        #expect(event.losses == .precision)
    }

    @Test func `a repeated member counts once, with its last value`() throws {
        let event = try received(#"{"name":"x","name":"a","id":"i","data":{"k":1,"k":2}}"#)
        #expect(event.name == "a")
        #expect(event.json.text.hasPrefix(#"{"data":{"k":2},"#))
        #expect(event.losses == [])
    }

    @Test(
        arguments: [
            ("[]", .notAnObject), ("{}", .nameEmpty), (#"{"name":""}"#, .nameEmpty),
            (#"{"name":5}"#, .type(field: "name", expected: "a string")),
            (#"{"name":"inngest/x"}"#, .nameReserved("inngest/x")),
            (#"{"name":"INNGEST/x"}"#, .nameReserved("INNGEST/x")),
            (#"{"name":"a","ts":1}"#, .timestampTooEarly), (#"{"name":"a","ts":4102444800001}"#, .timestampTooLate),
            (#"{"name":"a","ts":-5}"#, .timestampTooEarly),
            (#"{"name":"a","ts":"now"}"#, .type(field: "ts", expected: "a whole number of milliseconds since 1970")),
            (#"{"name":"a","ts":1.5}"#, .type(field: "ts", expected: "a whole number of milliseconds since 1970")),
            (#"{"name":"a","data":[1]}"#, .type(field: "data", expected: "an object")),
            (#"{"name":"a","user":"me"}"#, .type(field: "user", expected: "an object")),
            (#"{"name":"a","id":7}"#, .type(field: "id", expected: "a string")),
            (#"{"name":"a","meta":[]}"#, .type(field: "meta", expected: "an object")),
            (
                #"{"name":"a","meta":{"sessions":{"k":true}}}"#,
                .type(field: "meta.sessions.k", expected: "a string, a number or null")
            ),
            (#"{"name":"a","meta":{"sessions":{"1":1,"2":1,"3":1,"4":1,"5":1,"6":1}}}"#, .sessionsTooMany(6)),
        ] as [(String, EventError)])
    func `an event that breaks a rule is refused`(text: String, error: EventError) {
        #expect(refusal(text) == error)
    }

    @Test func `names that only resemble the reserved prefix are fine`() throws {
        #expect(try received(#"{"name":"inngest"}"#).name == "inngest")
        #expect(try received(#"{"name":"inngestx/y"}"#).name == "inngestx/y")
    }

    @Test func `an internal event may have a reserved name and internal data`() throws {
        let raw = RawJSON(#"{"name":"inngest/function.finished","data":{"_inngest":{"status":"Failed"}}}"#)
        let event = try ReceivedEvent(internal: raw, id: ulid, receivedAt: now)
        #expect(event.name == "inngest/function.finished")
        #expect(event.json.text.hasPrefix(#"{"data":{"_inngest":{"status":"Failed"}},"#))
    }

    @Test func `3 MiB are accepted and one byte more is refused`() throws {
        func event(of count: Int) -> String {
            let frame = #"{"name":"a","data":{"x":""}}"#
            return #"{"name":"a","data":{"x":""# + String(repeating: "x", count: count - frame.utf8.count) + #""}}"#
        }
        #expect(try received(event(of: 3 << 20)).name == "a")
        #expect(
            refusal(event(of: 3 << 20 + 1))?.description
                == "Event is over the max size: Max 3145728 bytes / Size 3145729 bytes")
    }

    @Test func `a name has at most 512 bytes`() throws {
        #expect(try received(#"{"name":"\#(String(repeating: "n", count: 512))"}"#).name.count == 512)
        #expect(refusal(#"{"name":"\#(String(repeating: "n", count: 513))"}"#) == .nameTooLong(bytes: 513))
    }
}

struct EventSessionsTests {
    private func sessions(_ meta: String) throws -> [String] {
        try EventSessions(meta: RawJSON(validating: Array(meta.utf8)).slice).ids.map { "\($0.key)=\($0.id)" }
    }

    @Test(arguments: [
        (#"{}"#, []), ("null", []), (#"{"sessions":{"a":"x"}}"#, ["a=x"]), (#"{"sessions":{"a":1.50}}"#, ["a=1.5"]),
        (#"{"sessions":{"a":"x"},"propagated_sessions":{"a":"y","b":"z"}}"#, ["a=x", "b=z"]),
        (#"{"sessions":{"a":null},"propagated_sessions":{"a":"y","b":"z"}}"#, ["b=z"]),
        (#"{"sessions":null,"propagated_sessions":{"a":"y"}}"#, []), (#"{"propagated_sessions":{"a":"y"}}"#, ["a=y"]),
        (
            #"{"sessions":{"z":1,"y":2,"x":3},"propagated_sessions":{"c":1,"b":2,"a":3}}"#,
            ["a=3", "b=2", "x=3", "y=2", "z=1"]
        ),
        (#"{"sessions":{"a":1},"propagated_sessions":null}"#, ["a=1"]),
        (#"{"propagated_sessions":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}}"#, ["a=1", "b=1", "c=1", "d=1", "e=1"]),
    ])
    func `manual sessions win and inherited ones fill the rest`(meta: String, expected: [String]) throws {
        #expect(try sessions(meta) == expected)
    }

    @Test func `keys and ids have their limits`() throws {
        let key = String(repeating: "k", count: 128)
        let id = String(repeating: "i", count: 512)
        #expect(try sessions(#"{"sessions":{"\#(key)":"\#(id)"}}"#).count == 1)
        #expect(throws: EventError.sessionKeyTooLong(key + "k")) { try sessions(#"{"sessions":{"\#(key)k":"x"}}"#) }
        #expect(throws: EventError.sessionIDTooLong(key: "k")) { try sessions(#"{"sessions":{"k":"\#(id)i"}}"#) }
    }
}

struct EventBodyTests {
    private func body(_ text: String, type: String? = "application/json") -> EventBody {
        EventBody(Array(text.utf8), contentType: type, receivedAt: now) { ULID(high: UInt64($0), low: 0) }
    }

    @Test(arguments: [
        (#"{"name":"a"}"#, ["a"]), (#" [ {"name":"a"} , {"name":"b"} ] "#, ["a", "b"]), ("[]", []), ("", []),
        (" \n", []), ("[ ]", []),
    ])
    func `one event, an array and nothing are read`(text: String, names: [String]) {
        let body = body(text)
        #expect(body.events.map(\.name) == names)
        #expect(body.events.map(\.internalID.high) == names.indices.map { UInt64($0) })
        #expect(body.error == nil)
    }

    @Test(arguments: [
        (#"[{"name":"a"},{"name":""},{"name":"c"}]"#, ["a"]), (#"[{"name":"a"},{"name":"b"}"#, ["a", "b"]),
        (#"[{"name":"a"}{"name":"b"}]"#, ["a"]),
        (#"[{"name":"a"},]"#, ["a"]), (#"[{"name":"a"}] x"#, ["a"]), ("[", []), ("[1]", []), (#"{"name":"a"} x"#, []),
        (#"{"name":"a"#, []), ("hello", []),
        ("\"text\"", []), ("7", []),
    ])
    func `events before the first bad one stay accepted`(text: String, names: [String]) {
        let body = body(text)
        #expect(body.events.map(\.name) == names)
        #expect(body.error != nil)
    }

    @Test func `5000 events are accepted and the next one is refused`() {
        func events(_ count: Int) -> String {
            "[" + Array(repeating: #"{"name":"a"}"#, count: count).joined(separator: ",") + "]"
        }
        #expect(body(events(5_000)).error == nil)
        let tooMany = body(events(5_001))
        #expect(tooMany.events.count == 5_000)
        #expect(tooMany.error?.description == "Cannot have more than 5000 events in a batch")
    }

    @Test func `the fields of a form become arrays of strings`() {
        let form = body(
            "name=hook%2Fcalled&a=1&a=x+y&%C3%A9=%26", type: "application/x-www-form-urlencoded; charset=utf-8")
        #expect(form.error == nil)
        #expect(form.events.first?.name == "hook/called")
        #expect(
            form.events.first?.json.value(at: ["data"])?.text == #"{"a":["1","x y"],"name":["hook/called"],"é":["&"]}"#)
    }

    @Test func `the parts of a multipart form become arrays of strings`() {
        let text = """
            preamble\r\n--XX\r\nContent-Disposition: form-data; name="name"\r\n\r\na/b\r\n--XX\r\n\
            content-disposition: form-data; name="file; x"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\nline\r\nline\r\n\
            --XX\r\nContent-Disposition: form-data; name=e\r\n\r\n\r\n--XX--\r\n
            """
        let form = body(text, type: #"multipart/form-data; boundary="XX""#)
        #expect(form.error == nil)
        #expect(form.events.first?.name == "a/b")
        #expect(
            form.events.first?.json.value(at: ["data"])?.text
                == #"{"e":[""],"file; x":["line\r\nline"],"name":["a/b"]}"#)
    }

    @Test(arguments: [
        ("a=%zz", "application/x-www-form-urlencoded"), ("a=%ff", "application/x-www-form-urlencoded"),
        ("a=1", "application/x-www-form-urlencoded"),
        ("x", "multipart/form-data"), ("x", "multipart/form-data; boundary=B"),
        ("--B\r\n", "multipart/form-data; boundary=B"),
        ("--B\r\nA: b\r\n\r\nx\r\n--B--", "multipart/form-data; boundary=B"), ("a=1", "text/plain"),
        ("--B", "multipart/form-data; boundary=B"),
        ("--B\r\nContent-Disposition: form-data; name=a\r\n\r\n--B", "multipart/form-data; boundary=B"),
    ])
    func `a form that cannot be read or names no event is refused`(text: String, type: String) {
        let form = body(text, type: type)
        #expect(form.events.isEmpty)
        #expect(form.error != nil)
    }
}

struct EventSeedTests {
    @Test func `a seed gives the same ids, one up for each position from 1`() {
        let seed = EventSeed(header: "1700000000000,AAECAwQFBgcICQ==")
        #expect(seed?.id(at: 0) == ULID(time: now, entropyHigh: 0x0001, entropyLow: 0x0203_0405_0607_080A))
        #expect(seed?.id(at: 1).low == 0x0203_0405_0607_080B)
        #expect(seed?.header == "1700000000000,AAECAwQFBgcICQ==")
    }

    @Test func `the counter wraps within its four bytes`() {
        let seed = EventSeed(header: "0,AAAAAAAA/////w==")
        #expect(seed?.id(at: 0).low == 0)
        #expect(seed?.id(at: 4).low == 4)
    }

    @Test(arguments: [
        "", "1", "1,", "x,AAECAwQFBgcICQ==", "-1,AAECAwQFBgcICQ==", "1,AAECAwQFBgcI", "1,AAECAwQFBgcICQ",
        "281474976710656,AAECAwQFBgcICQ==",
    ])
    func `a malformed seed is ignored`(text: String) {
        #expect(EventSeed(header: text) == nil)
    }
}

struct EventPatternTests {
    @Test(arguments: [
        ("api/v1/u.created", ["api/v1/u.created", "api/*", "api/v1/*", "api/v1/u.*"]), ("plain", ["plain"]),
        ("a.b.c", ["a.b.c", "a.*", "a.b.*"]),
        ("/x", ["/x"]),
    ])
    func `a name has its wildcards as candidates`(name: String, candidates: [String]) {
        #expect(EventPattern.candidates(for: name) == candidates)
        for candidate in candidates { #expect(EventPattern.matches(candidate, name: name)) }
    }

    @Test(arguments: [
        ("a/*", "b/x"), ("a/*", "a"), ("a*", "ab"), ("*", "a"), ("a/*/c", "a/b/c"), ("a.*", "a/b"), ("A/*", "a/b"),
    ])
    func `other patterns do not match`(pattern: String, name: String) {
        #expect(!EventPattern.matches(pattern, name: name))
    }

    @Test(
        arguments: [
            ("a", nil), ("a/*", nil), ("a.b.*", nil), ("", .empty), ("*", .wildcard), ("a*", .wildcard),
            ("a/*/b", .wildcard), ("*/a", .wildcard),
            ("/*", .wildcard), ("a/**", .wildcard), (String(repeating: "é", count: 255), nil),
            (String(repeating: "x", count: 256), .tooLong),
        ] as [(String, EventPattern.Problem?)])
    func `a star is legal only as the last segment`(pattern: String, problem: EventPattern.Problem?) {
        #expect(EventPattern.problem(with: pattern) == problem)
    }
}

struct HostileEventTests {
    /// Kept out of the expectations, which would print the text.
    private func isAccepted(_ text: String) -> Bool {
        EventBody(Array(text.utf8), contentType: nil, receivedAt: now) { _ in ulid }.error == nil
    }

    /// Each of these would take minutes if anything were quadratic.
    @Test func `many small parts take no quadratic time`() {
        func members(_ value: String) -> String { (0..<50_000).map { "\"k\($0)\":\(value)" }.joined(separator: ",") }
        let (nulls, ones) = (members("null"), members("1"))
        let accepted = [
            #"{"name":"a","data":{\#(nulls)}}"#, #"{"name":"a",\#(nulls)}"#,
            #"{"name":"a","meta":{"sessions":{\#(nulls)},"propagated_sessions":{\#(ones)}}}"#,
            #"{"name":"a","data":{"x":[\#(String(repeating: "{},", count: 200_000))0]}}"#,
        ].map(isAccepted)
        #expect(accepted == [true, true, true, true])
        let refused = isAccepted(#"{"name":"a","meta":{"sessions":{\#(ones)}}}"#)
        #expect(!refused)
    }

    @Test func `the deepest event that is accepted is read whole`() throws {
        let open = String(repeating: #"{"b":0,"a":"#, count: 126)
        let deep = open + "[" + String(repeating: "1.0,", count: 50_000) + "1]" + String(repeating: "}", count: 126)
        let event = try received(#"{"name":"a","data":\#(deep)}"#)
        let isCanonical = event.json.isCanonical
        #expect(isCanonical)
        let outermost = event.json.value["data"]?["b"]
        #expect(outermost == .integer(0))
    }
}
