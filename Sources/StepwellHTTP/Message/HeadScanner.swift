/// Finds the end of a header section or of trailers and refuses bytes that no valid ones hold.
///
/// The parser behind it is lenient where proxies have been fooled: bare line feeds, bare carriage returns, folded lines,
/// control characters. Here each is an error, whatever comes after (RFC 9112, sections 2.2, 5.2 and 7.1.2).
struct HeadScanner {
    enum Outcome: Equatable {
        /// All bytes belong to the section and it goes on.
        case incomplete
        /// The section ends before the byte at this offset.
        case end(Int)
        case malformed
        /// More bytes than allowed; in the request line or behind it.
        case tooLarge(inFirstLine: Bool)
    }

    private enum Position {
        /// Before the first line; empty lines are skipped (RFC 9112, section 2.2).
        case start
        case startReturn
        case lineStart
        case inLine
        /// Behind a carriage return that must be followed by a line feed.
        case lineReturn
        case emptyLineReturn
    }

    private var position = Position.start
    private var isInFirstLine = true
    private(set) var count = 0

    /// Whether any byte of the section has been seen.
    var hasBegun: Bool { count > 0 }

    mutating func reset() { self = HeadScanner() }

    /// A scanner for the trailers behind the last chunk, which may be just an empty line.
    static var trailers: HeadScanner {
        var scanner = HeadScanner()
        scanner.position = .lineStart
        scanner.isInFirstLine = false
        return scanner
    }

    mutating func scan(_ bytes: UnsafeRawBufferPointer, from start: Int, limit: Int) -> Outcome {
        var position = position
        defer { self.position = position }
        var index = start
        let end = min(bytes.count, start + max(0, limit - count))
        while index < end {
            let byte = bytes[index]
            index += 1
            switch position {
            case .inLine:
                if byte == HTTPByte.carriageReturn {
                    position = .lineReturn
                } else if !HTTPByte.isFieldContent(byte) {
                    return .malformed
                }
            case .lineReturn:
                guard byte == HTTPByte.lineFeed else { return .malformed }
                isInFirstLine = false
                position = .lineStart
            case .lineStart:
                if byte == HTTPByte.carriageReturn {
                    position = .emptyLineReturn
                } else {
                    // A blank here would continue the line before it: obs-fold.
                    guard HTTPByte.isToken(byte) else { return .malformed }
                    position = .inLine
                }
            case .emptyLineReturn:
                guard byte == HTTPByte.lineFeed else { return .malformed }
                count += index - start
                return .end(index)
            case .start:
                if byte == HTTPByte.carriageReturn {
                    position = .startReturn
                } else {
                    guard HTTPByte.isToken(byte) else { return .malformed }
                    position = .inLine
                }
            case .startReturn:
                guard byte == HTTPByte.lineFeed else { return .malformed }
                position = .start
            }
        }
        count += index - start
        return end < bytes.count ? .tooLarge(inFirstLine: isInFirstLine) : .incomplete
    }
}
