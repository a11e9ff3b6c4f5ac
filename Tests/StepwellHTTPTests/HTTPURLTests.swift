import Testing

@testable import StepwellHTTP

struct HTTPURLTests {
    @Test(arguments: [
        ("http://a", "http://a/", "a", 80), ("https://a", "https://a/", "a", 443),
        ("HTTP://A.Example:8080/x?y=z#f", "http://a.example:8080/x?y=z", "a.example", 8_080),
        ("http://a:80/", "http://a/", "a", 80), ("http://a:/b", "http://a/b", "a", 80),
        ("http://a?q", "http://a/?q", "a", 80), ("http://[::1]:3000/api", "http://[::1]:3000/api", "::1", 3_000),
        ("http://127.0.0.1/%20", "http://127.0.0.1/%20", "127.0.0.1", 80),
    ])
    func `a URL is split and written back`(text: String, written: String, host: String, port: UInt16) throws {
        let url = try HTTPURL(text)
        #expect(url.description == written)
        #expect(url.host == host)
        #expect(url.port == port)
    }

    @Test(arguments: [
        "", "a", "/a", "ftp://a", "http:/a", "http://", "http:///a", "http://:80", "http://a:0", "http://a:65536",
        "http://a:x", "http://a:80x", "http://u@a", "http://u:p@a", "http://a b", "http://a/b c", "http://a/\r\nX: y",
        "http://ä", "http://[::1", "http://[a]", "http://[::1]x", "http://a,b", "http://a%41",
    ])
    func `what is no plain http or https URL is refused`(text: String) {
        let error = #expect(throws: HTTPClientError.self) { try HTTPURL(text) }
        guard case .invalidRequest = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// RFC 3986, section 5.4.
    @Test(arguments: [
        ("http://a/b", "http://a/b"), ("https://x:9/y?z", "https://x:9/y?z"), ("//c/d", "http://c/d"),
        ("/e", "http://h:1/e"), ("g", "http://h:1/b/c/g"), ("./g", "http://h:1/b/c/g"), ("g/", "http://h:1/b/c/g/"),
        ("?y", "http://h:1/b/c/d;p?y"), ("g?y", "http://h:1/b/c/g?y"), ("#s", "http://h:1/b/c/d;p?q"),
        ("g#s", "http://h:1/b/c/g"), (".", "http://h:1/b/c/"), ("./", "http://h:1/b/c/"), ("..", "http://h:1/b/"),
        ("../g", "http://h:1/b/g"), ("../../g", "http://h:1/g"), ("../../../g", "http://h:1/g"),
        ("/./g", "http://h:1/g"),
        ("/../g", "http://h:1/g"), ("", "http://h:1/b/c/d;p?q"), ("g?y/../x", "http://h:1/b/c/g?y/../x"),
        ("/a?u=http://x/y", "http://h:1/a?u=http://x/y"),
    ])
    func `a redirect leads where the standard says`(reference: String, target: String) throws {
        #expect(try HTTPURL("http://h:1/b/c/d;p?q").resolving(reference).description == target)
    }

    @Test(arguments: [
        ("127.0.0.1", true, false, false), ("127.8.9.1", true, false, false), ("::1", true, false, false),
        ("::ffff:127.0.0.1", true, false, false), ("10.0.0.1", false, false, false),
        ("169.254.169.254", false, true, false), ("169.255.0.1", false, false, false),
        ("::ffff:169.254.169.254", false, true, false), ("64:ff9b::a9fe:a9fe", false, true, false),
        ("::169.254.169.254", false, true, false), ("fe80::1", false, true, false), ("febf::1", false, true, false),
        ("fec0::1", false, false, false), ("fd00:ec2::254", false, false, true), ("fd00:ec2::255", false, false, false),
        ("100.100.100.200", false, false, true), ("::ffff:100.100.100.200", false, false, true),
        ("168.63.129.16", false, false, true), ("::ffff:168.63.129.16", false, false, true),
        ("168.63.129.17", false, false, false), ("fd20:ce::254", false, false, true),
        ("fd20:ce::255", false, false, false), ("192.0.0.192", false, false, true), ("::", false, false, false),
    ])
    func `addresses are told apart in every spelling`(
        text: String, isLoopback: Bool, isLinkLocal: Bool, isMetadata: Bool
    ) throws {
        let address = try #require(SocketAddress(text, port: 1))
        #expect(address.isLoopback == isLoopback)
        #expect(address.isLinkLocal == isLinkLocal)
        #expect(address.isMetadataService == isMetadata)
        let copy = address.withSockaddr { SocketAddress($0) }
        #expect(copy == address)
    }

    @Test(arguments: ["", "a", "localhost", "127.0.0.1:80", "256.1.1.1", "[::1]", ":::1", "127.1"])
    func `what is no address is not taken for one`(text: String) {
        #expect(SocketAddress(text, port: 1) == nil)
    }

    @Test func `header names compare without case and keep their order`() {
        var headers: HTTPHeaders = ["A": "1", "b": "2", "a": "3"]
        #expect(headers["a"] == "1")
        #expect(headers.values(of: "A") == ["1", "3"])
        headers.set("B", "4")
        headers.remove("missing")
        #expect(headers.map(\.value) == ["1", "3", "4"])
        #expect(headers == ["a": "1", "A": "3", "b": "4"])
        #expect(headers != ["a": "1", "A": "3"])
        #expect(headers.isWellFormed)
        #expect(headers.withValue(of: "b") { Array($0) } == [0x34])
        headers.remove("A")
        #expect(headers.count == 1)
        #expect(!headers.contains("a"))
    }
}
