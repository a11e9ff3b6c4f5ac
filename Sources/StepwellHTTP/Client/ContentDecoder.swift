import CZlib

/// Undoes the content coding of an answer, within the bound that the request sets.
enum ContentDecoder {
    /// Codings that were not asked for pass through untouched.
    static func decode(
        _ response: HTTPClientResponse, for request: HTTPClientRequest
    ) -> Result<HTTPClientResponse, HTTPClientError> {
        guard request.asksForCodings, let coding = response.headers["Content-Encoding"]?.lowercased(),
            !response.body.isEmpty
        else { return .success(response) }
        guard coding == "gzip" || coding == "x-gzip" || coding == "deflate" else { return .success(response) }
        do {
            var decoded = response
            decoded.body = try inflate(response.body, coding: coding, bytesMax: request.responseBytesMax)
            decoded.headers.remove("Content-Encoding")
            decoded.headers.remove("Content-Length")
            return .success(decoded)
        } catch {
            return .failure(error)
        }
    }

    private static func inflate(_ input: [UInt8], coding: String, bytesMax: Int) throws(HTTPClientError) -> [UInt8] {
        // 32 added: gzip or zlib, as the data says. Some servers send deflate without the zlib frame.
        let isBare = coding == "deflate" && !hasZlibFrame(input)
        var output: [UInt8] = []
        let code = run(input, windowBits: isBare ? -MAX_WBITS : MAX_WBITS + 32, bytesMax: bytesMax, into: &output)
        if output.count > bytesMax { throw .responseTooLarge(bytesMax: bytesMax) }
        guard code == Z_STREAM_END else { throw .malformedResponse("the \(coding) body is damaged or cut short") }
        return output
    }

    private static func hasZlibFrame(_ input: [UInt8]) -> Bool {
        input.count >= 2 && input[0] & 0x0f == 8 && (Int(input[0]) << 8 | Int(input[1])) % 31 == 0
    }

    /// Stops with more than `bytesMax` bytes in `output` when there would be more.
    private static func run(
        _ input: [UInt8], windowBits: Int32, bytesMax: Int, into output: inout [UInt8]
    ) -> Int32 {
        var stream = z_stream()
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return Z_MEM_ERROR
        }
        defer { inflateEnd(&stream) }
        var source = input
        return source.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(clamping: source.count)
            var code = Z_OK
            while code == Z_OK, output.count <= bytesMax {
                code = step(&stream, into: &output)
            }
            return code
        }
    }

    private static func step(_ stream: inout z_stream, into output: inout [UInt8]) -> Int32 {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32_768) { chunk in
            stream.next_out = chunk.baseAddress
            stream.avail_out = UInt32(chunk.count)
            let code = CZlib.inflate(&stream, Z_NO_FLUSH)
            output.append(contentsOf: chunk[..<(chunk.count - Int(stream.avail_out))])
            return code
        }
    }
}
