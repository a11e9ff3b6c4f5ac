/// Checks that bytes are JSON (RFC 8259, valid UTF-8, at most 128 levels), without building anything.
///
/// One pass over unsafe memory, eight bytes at a time inside strings. Every method takes the place of the first byte of
/// its production and returns the place after the last; none reads at or behind `end`.
package struct JSONScanner {
    /// Nested arrays and objects that are accepted.
    package static let depthMax = 128

    typealias Place = UnsafePointer<UInt8>

    /// A failed production; turned into a ``JSONError``, which needs the line, only when it leaves the scanner.
    struct Fault: Error {
        let expected: JSONError.Expected
        /// The address: an error must be sendable, which a pointer is not.
        let address: UInt

        init(expected: JSONError.Expected, place: Place) {
            self.expected = expected
            address = UInt(bitPattern: place)
        }
    }

    let end: Place

    /// Checks that `bytes` are one JSON text, white space around it allowed.
    package static func validate(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        let value = try value(in: bytes, from: 0)
        let rest = skipSpace(in: bytes, from: value.upperBound)
        guard rest == bytes.count else { throw JSONError(.end, at: rest, in: bytes) }
    }

    package static func validate(_ bytes: [UInt8]) throws(JSONError) {
        try unsafe(bytes) { (buffer) throws(JSONError) in try validate(buffer) }
    }

    /// The range of the value that begins at `offset`, white space before it skipped; what follows is not looked at.
    package static func value(in bytes: UnsafeBufferPointer<UInt8>, from offset: Int) throws(JSONError) -> Range<Int> {
        guard let base = bytes.baseAddress else { throw JSONError(.value, at: 0, in: bytes) }
        let scanner = JSONScanner(end: base + bytes.count)
        let start = scanner.space(base + offset)
        do throws(Fault) {
            let end = try scanner.value(start, depth: 0)
            return (start - base)..<(end - base)
        } catch {
            throw JSONError(error.expected, at: Int(error.address - UInt(bitPattern: base)), in: bytes)
        }
    }

    /// The first offset from `offset` on that holds no white space.
    package static func skipSpace(in bytes: UnsafeBufferPointer<UInt8>, from offset: Int) -> Int {
        guard let base = bytes.baseAddress else { return offset }
        return JSONScanner(end: base + bytes.count).space(base + offset) - base
    }

    /// `withUnsafeBufferPointer` for typed errors.
    static func unsafe<Result, Failure: Error>(
        _ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer { (buffer) throws(Failure) in try body(buffer) }
    }
}

// MARK: - Values

extension JSONScanner {
    @inline(__always)
    func space(_ start: Place) -> Place {
        var place = start
        while place < end, place.pointee <= 0x20 {
            guard place.pointee == 0x20 || place.pointee == 0x0A || place.pointee == 0x0D || place.pointee == 0x09
            else {
                break
            }
            place += 1
        }
        return place
    }

    func value(_ place: Place, depth: Int) throws(Fault) -> Place {
        guard place < end else { throw Fault(expected: .value, place: place) }
        switch place.pointee {
        case UInt8(ascii: "\""): return try string(place + 1)
        case UInt8(ascii: "{"): return try object(place, depth: depth)
        case UInt8(ascii: "["): return try array(place, depth: depth)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(place)
        case UInt8(ascii: "t"): return try literal("true", place)
        case UInt8(ascii: "f"): return try literal("false", place)
        case UInt8(ascii: "n"): return try literal("null", place)
        default: throw Fault(expected: .value, place: place)
        }
    }

    private func object(_ start: Place, depth: Int) throws(Fault) -> Place {
        guard depth < Self.depthMax else { throw Fault(expected: .lessDepth, place: start) }
        var place = space(start + 1)
        if place < end, place.pointee == UInt8(ascii: "}") { return place + 1 }
        while true {
            guard place < end, place.pointee == UInt8(ascii: "\"") else {
                throw Fault(expected: .memberName, place: place)
            }
            place = space(try string(place + 1))
            guard place < end, place.pointee == UInt8(ascii: ":") else { throw Fault(expected: .colon, place: place) }
            place = space(try value(space(place + 1), depth: depth + 1))
            guard place < end else { throw Fault(expected: .commaOrBrace, place: place) }
            if place.pointee == UInt8(ascii: "}") { return place + 1 }
            guard place.pointee == UInt8(ascii: ",") else { throw Fault(expected: .commaOrBrace, place: place) }
            place = space(place + 1)
        }
    }

    private func array(_ start: Place, depth: Int) throws(Fault) -> Place {
        guard depth < Self.depthMax else { throw Fault(expected: .lessDepth, place: start) }
        var place = space(start + 1)
        if place < end, place.pointee == UInt8(ascii: "]") { return place + 1 }
        while true {
            place = space(try value(place, depth: depth + 1))
            guard place < end else { throw Fault(expected: .commaOrBracket, place: place) }
            if place.pointee == UInt8(ascii: "]") { return place + 1 }
            guard place.pointee == UInt8(ascii: ",") else { throw Fault(expected: .commaOrBracket, place: place) }
            place = space(place + 1)
        }
    }

    private func literal(_ text: StaticString, _ place: Place) throws(Fault) -> Place {
        let count = text.utf8CodeUnitCount
        guard end - place >= count else { throw Fault(expected: .literal, place: place) }
        for index in 0..<count where place[index] != text.utf8Start[index] {
            throw Fault(expected: .literal, place: place + index)
        }
        return place + count
    }

    private func number(_ start: Place) throws(Fault) -> Place {
        var place = start
        if place.pointee == UInt8(ascii: "-") { place += 1 }
        if place < end, place.pointee == UInt8(ascii: "0") { place += 1 } else { place = try digits(place) }
        if place < end, place.pointee == UInt8(ascii: ".") { place = try digits(place + 1) }
        if place < end, place.pointee | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < end, place.pointee == UInt8(ascii: "+") || place.pointee == UInt8(ascii: "-") { place += 1 }
            place = try digits(place)
        }
        return place
    }

    @inline(__always)
    private func digits(_ start: Place) throws(Fault) -> Place {
        var place = start
        while place < end, place.pointee &- 0x30 < 10 { place += 1 }
        guard place > start else { throw Fault(expected: .digit, place: place) }
        return place
    }
}

// MARK: - Strings

extension JSONScanner {
    /// From behind the opening quote to behind the closing one.
    func string(_ start: Place) throws(Fault) -> Place {
        var place = start
        while true {
            place = plain(place)
            guard place < end else { throw Fault(expected: .closingQuote, place: place) }
            switch place.pointee {
            case UInt8(ascii: "\""): return place + 1
            case UInt8(ascii: "\\"): place = try escape(place + 1)
            case 0x80...: repeat { place = try character(place) } while place < end && place.pointee >= 0x80
            default: throw Fault(expected: .escapedControl, place: place)
            }
        }
    }

    /// The first place from `start` on that holds a quote, a backslash, a control character or a byte above ASCII.
    @inline(__always)
    func plain(_ start: Place) -> Place {
        var place = start
        while end - place >= 8 {
            let word = UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
            let marks = Self.special(in: word)
            if marks != 0 { return place + marks.trailingZeroBitCount >> 3 }
            place += 8
        }
        while place < end, place.pointee >= 0x20, place.pointee < 0x80,
            place.pointee != UInt8(ascii: "\""), place.pointee != UInt8(ascii: "\\")
        {
            place += 1
        }
        return place
    }

    /// The high bit of the first special byte of `word` is set in the result (and perhaps bits of later bytes); 0 for none.
    @inline(__always)
    private static func special(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        // Subtracting borrows only from bytes behind the first hit, so the lowest mark is exact.
        return ((quote &- ones) | (backslash &- ones) | (word &- ones &* 0x20) | word) & (ones &* 0x80)
    }

    private func escape(_ place: Place) throws(Fault) -> Place {
        guard place < end else { throw Fault(expected: .escape, place: place) }
        switch place.pointee {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return place + 1
        case UInt8(ascii: "u"):
            for index in 1...4 {
                guard place + index < end, JSONText.hexValue(place[index]) != nil else {
                    throw Fault(expected: .hexDigit, place: min(place + index, end))
                }
            }
            return place + 5
        default: throw Fault(expected: .escape, place: place)
        }
    }

    /// One character above ASCII; refuses overlong forms, surrogates and values beyond U+10FFFF (Unicode, table 3-7).
    func character(_ place: Place) throws(Fault) -> Place {
        let lead = place.pointee
        let (count, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0x80...0xBF)
            }
        guard count > 0, end - place >= count, second.contains(place[1]) else {
            throw Fault(expected: .utf8, place: place)
        }
        for index in 2..<max(count, 2) where place[index] & 0xC0 != 0x80 {
            throw Fault(expected: .utf8, place: place)
        }
        return place + count
    }
}
