import StepwellModel
import Testing

@testable import StepwellWire

struct AppURLTests {
    @Test(arguments: [
        ("http://localhost:3000/api/inngest", "http://localhost:3000/api/inngest"),
        ("http://127.0.0.1:3000/api?deployId=1&probe=trust", "http://localhost:3000/api"),
        ("http://0.0.0.0:8000/x?fnId=a&probe=1&stepId=step", "http://localhost:8000/x?fnId=a&stepId=step"),
        ("http://127.0.0.1/x", "http://127.0.0.1/x"),
        ("http://127.0.0.1:80/x", "http://127.0.0.1/x"), ("https://Example.com:443", "https://example.com"),
        ("HTTP://h:80/A?B=c", "http://h/A?B=c"),
        ("wss://connect?fnId=a", "wss://connect?fnId=a"), ("http://[::1]:3000/x", "http://[::1]:3000/x"),
        ("http://h/x#frag", "http://h/x"), ("http://h?", "http://h"),
        ("http://h/x?deployIdx=1", "http://h/x?deployIdx=1"),
    ])
    func `an app's URL has one form`(url: String, normal: String) {
        #expect(AppURL.normalized(url) == normal)
        #expect(AppURL.normalized(normal) == normal)
    }

    @Test(arguments: [
        "", "/api", "ftp://h/x", "http:/h", "http://", "http:///x", "http://:80/", "http://h:0", "http://h:99999",
        "http://h:x/", "http://u:p@h/", "http://[::1", "http://h/a b", "http://h:",
    ])
    func `what is no URL of an app has none`(url: String) {
        #expect(AppURL.normalized(url) == nil)
    }
}

struct RegisterRequestTests {
    private let functions = [
        FunctionConfiguration(
            slug: "app-a", name: "A", triggers: [.event("x/y", expression: nil)],
            url: "http://h:3000/api?fnId=app-a&stepId=step"),
        FunctionConfiguration(
            slug: "app-b", name: "B", triggers: [], url: "http://h:3000/api?fnId=app-b&stepId=step", retries: 0),
    ]

    private func body(functions: [FunctionConfiguration], appName: String = "app") -> [UInt8] {
        RegisterRequest.encode(
            url: "http://127.0.0.1:3000/api", sdk: "swift:v0.1.0", framework: "stepwell", appName: appName,
            functions: functions)
    }

    @Test func `a server reads what an SDK registers`() throws {
        let request = try RegisterRequest(parsing: body(functions: functions))
        #expect(request.url == "http://localhost:3000/api")
        #expect(request.appName == "app")
        #expect(request.sdk == "swift:v0.1.0")
        #expect(request.deployType == .ping)
        #expect(request.functions.map(\.configuration) == functions)
    }

    /// As the TypeScript SDK writes it.
    @Test func `a registration of an official SDK is read`() throws {
        let body = #"""
            {"url":"http://localhost:3000/api/inngest","deployType":"ping","framework":"express","appName":"my-app","functions":[{"id":"my-app-my-fn",
             "name":"My fn","triggers":[{"event":"a/b"}],"steps":{"step":{"id":"step","name":"step","runtime":{"type":"http",
             "url":"http://localhost:3000/api/inngest?fnId=my-app-my-fn&stepId=step"},"retries":{"attempts":3}}}}],"sdk":"js:v4.18.1","v":"0.1",
             "capabilities":{"trust_probe":"v1","connect":"v1"},"appVersion":"1","featureObservations":{"x":1}}
            """#
        let request = try RegisterRequest(parsing: Array(body.utf8))
        #expect(request.framework == "express")
        #expect(request.appVersion == "1")
        #expect(request.functions.first?.configuration.slug == "my-app-my-fn")
        #expect(request.capabilities.text == #"{"trust_probe":"v1","connect":"v1"}"#)
    }

    @Test func `the Python SDK's spelling of the app's name is read`() throws {
        let body = #"""
            {"appname":"py","capabilities":{"in_band_sync":"v1","trust_probe":"v1"},"deployType":"ping","framework":"fast_api","functions":[],
             "sdk":"py:v0.5.19","url":"http://localhost:8000/api/inngest","v":"0.1"}
            """#
        #expect(try RegisterRequest(parsing: Array(body.utf8)).appName == "py")
    }

    @Test func `the checksum knows a change from an observation`() throws {
        func checksum(_ text: String) throws -> String { try RegisterRequest(parsing: Array(text.utf8)).checksum }
        let plain = try checksum(#"{"appName":"a","url":"http://h/x","functions":[]}"#)
        #expect(
            try checksum(#"{"functions":[],"url":"http://h/x","featureObservations":{"n":1},"appName":"a"}"#) == plain)
        #expect(try checksum(#"{"appName":"a","url":"http://h/y","functions":[]}"#) != plain)
        #expect(plain.count == 64)
    }

    @Test(arguments: [
        ("{}", "App ID required"), ("[]", "The registration must be a JSON object"),
        (#"{"appName":"a"}"#, "The app's URL must be absolute and begin with http, https, ws or wss, found \"\""),
        (#"{"appName":"a","url":"http://h"}"#, "The registration must have an array \"functions\""),
        (#"{"appName":"a","url":"http://h","functions":{}}"#, "The registration must have an array \"functions\""),
    ])
    func `a registration that cannot be is refused`(body: String, message: String) {
        let problem = #expect(throws: RegisterRequest.Problem.self) { try RegisterRequest(parsing: Array(body.utf8)) }
        #expect(problem?.description == message)
    }

    @Test func `null functions are none`() throws {
        #expect(
            try RegisterRequest(parsing: Array(#"{"appName":"a","url":"http://h","functions":null}"#.utf8)).functions
                .isEmpty)
    }

    @Test func `every bad function is named`() throws {
        let bad = [
            FunctionConfiguration(slug: "a", name: "", triggers: [], url: "http://h"), functions[0],
            FunctionConfiguration(slug: "b", name: "B", triggers: [.event("*", expression: nil)], url: "http://h"),
        ]
        let problem = try #require(throws: RegisterRequest.Problem.self) {
            try RegisterRequest(parsing: body(functions: bad))
        }
        let reply = RegisterReply(refusing: problem)
        guard case .refused(let status, let code, let message, let data) = reply else { throw problem }
        #expect(status == 400)
        #expect(code == "config_invalid")
        #expect(message.hasPrefix("At least one function is invalid: function \"a\": name is missing"))
        #expect(data?.value["errors"]?.arrayValue?.compactMap { $0["function"]?.stringValue } == ["a", "b"])
        #expect(RegisterReply(status: 400, body: reply.bytes) == reply)
    }

    @Test func `two functions of one id are refused`() {
        #expect(throws: RegisterRequest.Problem.repeatedFunction("app-a")) {
            try RegisterRequest(parsing: body(functions: [functions[0], functions[0]]))
        }
    }
}

struct RegisterReplyTests {
    @Test func `an accepted registration has the members that SDKs read`() {
        let reply = RegisterReply.accepted(isModified: true, syncID: "s", appID: "a", warnings: [])
        #expect(
            String(decoding: reply.bytes, as: UTF8.self) == #"{"ok":true,"modified":true,"sync_id":"s","app_id":"a"}"#)
        #expect(RegisterReply(status: 200, body: reply.bytes) == reply)
        let warned = RegisterReply.accepted(isModified: false, syncID: "s", appID: "a", warnings: ["w"])
        #expect(RegisterReply(status: 200, body: warned.bytes) == warned)
    }

    @Test func `a refused one has status and error in its body`() {
        let reply = RegisterReply.refused(status: 400, code: "c", message: "m", data: nil)
        #expect(String(decoding: reply.bytes, as: UTF8.self) == #"{"code":"c","error":"m","data":null,"status":400}"#)
    }

    @Test(arguments: [
        (401, "Authentication failed", 401, "Authentication failed"), (200, #"{"status":400,"error":"no"}"#, 400, "no"),
        (200, #"{"error":"no"}"#, 200, "no"),
        (500, "", 500, "the server answered 500"),
    ])
    func `whatever a server answers is understood`(status: Int, body: String, stated: Int, message: String) {
        guard case .refused(let found, _, let text, _) = RegisterReply(status: status, body: Array(body.utf8)) else {
            Issue.record("accepted")
            return
        }
        #expect(found == stated)
        #expect(text == message)
    }
}

struct SyncMessageTests {
    @Test func `the server asks with exactly one member`() {
        #expect(String(decoding: SyncRequest(url: "http://h/x").bytes, as: UTF8.self) == #"{"url":"http://h/x"}"#)
        #expect(SyncRequest(parsing: Array(#"{"url":"u"}"#.utf8))?.url == "u")
        #expect(SyncRequest(parsing: Array("{}".utf8)) == nil)
    }

    @Test func `the app answers with message and modified`() {
        let reply = SyncReply(message: "Successfully registered", isModified: true)
        #expect(
            String(decoding: reply.bytes, as: UTF8.self) == #"{"message":"Successfully registered","modified":true}"#)
        #expect(SyncReply(parsing: reply.bytes) == reply)
        #expect(SyncReply(parsing: Array("oops".utf8)) == nil)
        #expect(SyncReply(parsing: Array(#"{"error":"no","status":401}"#.utf8))?.isRefusal == true)
        #expect(SyncReply(parsing: Array(#"{"ok":true,"status":200}"#.utf8))?.isRefusal == false)
    }

    private let details = Introspection.Details(
        apiOrigin: "http://api", appID: "app", capabilities: RawJSON(#"{"in_band_sync":"v1"}"#),
        eventAPIOrigin: "http://e", eventKeyHash: "eh", framework: "f",
        sdkLanguage: "swift", sdkVersion: "0.1.0", signingKeyHash: "abc")

    @Test func `introspection tells strangers little`() {
        let stranger = Introspection(functionCount: 2, hasEventKey: true, hasSigningKey: false, mode: .development)
        #expect(
            stranger.json.text
                == #"{"extra":{"native_crypto":true},"function_count":2,"has_event_key":true,"has_signing_key":false,"#
                + #""mode":"dev","schema_version":"2024-05-24"}"#)
        let known = Introspection(
            functionCount: 2, hasEventKey: true, hasSigningKey: true, mode: .cloud, details: details
        ).json
        #expect(known["authentication_succeeded"]?.bool == true)
        #expect(known.value(at: ["extra", "is_streaming"])?.bool == false)
        #expect(known["env"]?.isNull == true)
        #expect(known["mode"]?.string == "cloud")
        #expect(known["signing_key_hash"]?.string == "abc")
    }

    @Test func `an in-band answer brings the functions along`() throws {
        let functions = [FunctionConfiguration(slug: "app-a", name: "A", triggers: [], url: "http://h/x?fnId=app-a")]
        let body = InBandSync.encode(
            appVersion: "7", url: "http://h/x", functions: functions,
            introspection: Introspection(
                functionCount: 1, hasEventKey: true, hasSigningKey: true, mode: .cloud, details: details),
            details: details)
        let sync = try InBandSync(parsing: body)
        #expect(sync.appID == "app")
        #expect(sync.appVersion == "7")
        #expect(sync.sdk == "swift:v0.1.0")
        #expect(sync.functions.map(\.configuration) == functions)
        #expect(try RawJSON(validating: body).value(at: ["inspection", "function_count"])?.integer == 1)
        #expect(throws: RegisterRequest.Problem.appNameMissing) { try InBandSync(parsing: Array("{}".utf8)) }
    }
}
