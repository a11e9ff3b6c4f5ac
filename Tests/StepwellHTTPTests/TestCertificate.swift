import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A certificate for 127.0.0.1, made for this run; it is its own authority.
final class TestCertificate: Sendable {
    let directory: String

    init() throws {
        var template = Array("/tmp/stepwell-https-XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        let said = Shell.output(
            of: """
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
                -addext subjectAltName=IP:127.0.0.1 -keyout \(directory)/key.pem -out \(directory)/cert.pem 2>&1
                """)
        try #require(access(file, R_OK) == 0, "openssl made no certificate: \(said)")
    }

    var file: String { directory + "/cert.pem" }
    var keyFile: String { directory + "/key.pem" }

    deinit {
        for name in ["cert.pem", "key.pem"] { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }
}

/// Programs that tests need beside our own.
enum Shell {
    static func output(of command: String) -> String {
        guard let pipe = popen(command, "r") else { return "" }
        defer { pclose(pipe) }
        return read(pipe, isWhole: true)
    }

    static func firstLine(of command: String) -> String {
        guard let pipe = popen(command, "r") else { return "" }
        return read(pipe, isWhole: false)
    }

    private static func read(_ pipe: UnsafeMutablePointer<FILE>, isWhole: Bool) -> String {
        var text: [UInt8] = []
        while case let byte = fgetc(pipe), byte != EOF, isWhole || byte != 10 { text.append(UInt8(byte)) }
        return String(decoding: text, as: UTF8.self)
    }
}
