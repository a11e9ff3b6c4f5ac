import Testing

@testable import StepwellHTTP

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An https server that is not ours (Python's), with a certificate made for this run.
final class SecureServer: Sendable {
    let port: UInt16
    let certificate: TestCertificate
    private let process: pid_t

    private static let script = """
        import http.server, os, signal, ssl, sys, time, zlib
        signal.alarm(120)
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def answer(self):
                length = int(self.headers.get('Content-Length', 0))
                body = self.rfile.read(length)
                if self.path == '/silent': time.sleep(60)
                if self.path == '/cut':
                    self.wfile.write(b'HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nhell'); self.close_connection = True; return
                if self.path == '/close': self.close_connection = True; return
                if self.path == '/garbage':
                    self.wfile.write(b'garbage\\r\\n\\r\\n'); self.close_connection = True; return
                if self.path == '/endless':
                    self.send_response(200); self.send_header('Transfer-Encoding', 'chunked'); self.end_headers()
                    while True: self.wfile.write(b'400\\r\\n' + b'a' * 1024 + b'\\r\\n')
                if self.path == '/head':
                    self.wfile.write(b'HTTP/1.1 200 OK\\r\\n')
                    while True: self.wfile.write(b'A: ' + b'a' * 1024 + b'\\r\\n')
                self.send_response(307 if self.path == '/redirect' else 200)
                for name in self.headers:
                    self.send_header('X-Got-' + name, self.headers[name])
                self.send_header('X-Line', self.command + ' ' + self.path)
                self.send_header('X-Connection', str(self.client_address[1]))
                if self.path == '/redirect': self.send_header('Location', '/elsewhere')
                if self.path == '/gzip':
                    coder = zlib.compressobj(wbits=31); body = coder.compress(b'a' * 3000000) + coder.flush()
                    self.send_header('Content-Encoding', 'gzip')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                if self.command != 'HEAD': self.wfile.write(body)
            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = answer
            def log_message(self, *rest): pass
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *rest: None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1] + '/cert.pem', sys.argv[1] + '/key.pem')
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print(os.getpid(), server.server_address[1], flush=True)
        server.serve_forever()
        """

    init() throws {
        certificate = try TestCertificate()
        let directory = certificate.directory
        let file = try #require(fopen(directory + "/server.py", "w"))
        fputs(Self.script, file)
        fclose(file)
        // The pipe's other end stays open with the server: only its first line is read.
        let started = Shell.firstLine(of: "exec python3 \(directory)/server.py \(directory)")
        let words = started.split(separator: " ")
        process = try #require(words.first.flatMap { pid_t($0) }, "no server: \(started)")
        port = try #require(words.last.flatMap { UInt16($0) })
    }

    deinit {
        kill(process, SIGKILL)
        unlink("\(certificate.directory)/server.py")
    }

    func request(_ target: String, method: HTTPMethod = .get, body: [UInt8] = []) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(
            method: method, url: try HTTPURL("https://127.0.0.1:\(port)\(target)"), body: body)
        request.timeout = .seconds(30)
        return request
    }
}
