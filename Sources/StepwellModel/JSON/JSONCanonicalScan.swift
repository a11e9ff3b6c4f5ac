/// Finds in one pass whether bytes are JSON and canonical (RFC 8785). False for all others: why is not asked here.
extension JSONScanner {
    static func isCanonical(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { isCanonical($0) }
    }

    static func isCanonical(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { isCanonical($0) }
    }

    private static func isCanonical(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        let scanner = JSONScanner(end: base + bytes.count)
        return scanner.canonicalValue(base, depth: 0) == scanner.end
    }

    /// The place behind the value at `place`; nil if it is not canonical.
    private func canonicalValue(_ place: Place, depth: Int) -> Place? {
        guard place < end else { return nil }
        switch place.pointee {
        case UInt8(ascii: "\""): return canonicalString(place + 1)
        case UInt8(ascii: "{"): return canonicalObject(place, depth: depth)
        case UInt8(ascii: "["): return canonicalArray(place, depth: depth)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return canonicalNumber(place)
        default: return try? value(place, depth: depth)
        }
    }

    private func canonicalObject(_ start: Place, depth: Int) -> Place? {
        guard depth < Self.depthMax else { return nil }
        var place = start + 1
        if place < end, place.pointee == UInt8(ascii: "}") { return place + 1 }
        var last: UnsafeBufferPointer<UInt8>?
        while true {
            guard place < end, place.pointee == UInt8(ascii: "\""), let nameEnd = canonicalString(place + 1) else {
                return nil
            }
            let name = UnsafeBufferPointer(start: place + 1, count: nameEnd - place - 2)
            if let last, JSONText.order(last, name) >= 0 { return nil }
            last = name
            guard nameEnd < end, nameEnd.pointee == UInt8(ascii: ":"),
                let valueEnd = canonicalValue(nameEnd + 1, depth: depth + 1), valueEnd < end
            else { return nil }
            if valueEnd.pointee == UInt8(ascii: "}") { return valueEnd + 1 }
            guard valueEnd.pointee == UInt8(ascii: ",") else { return nil }
            place = valueEnd + 1
        }
    }

    private func canonicalArray(_ start: Place, depth: Int) -> Place? {
        guard depth < Self.depthMax else { return nil }
        var place = start + 1
        if place < end, place.pointee == UInt8(ascii: "]") { return place + 1 }
        while true {
            guard let valueEnd = canonicalValue(place, depth: depth + 1), valueEnd < end else { return nil }
            if valueEnd.pointee == UInt8(ascii: "]") { return valueEnd + 1 }
            guard valueEnd.pointee == UInt8(ascii: ",") else { return nil }
            place = valueEnd + 1
        }
    }

    private func canonicalNumber(_ place: Place) -> Place? {
        guard let end = try? value(place, depth: 0) else { return nil }
        let source = UnsafeBufferPointer(start: place, count: end - place)
        if JSONNumber.isPlainlyCanonical(source) { return end }
        var written: [UInt8] = []
        JSONNumber.append(JSONText.double(source), to: &written)
        return written.elementsEqual(source) ? end : nil
    }

    private func canonicalString(_ start: Place) -> Place? {
        var place = start
        while true {
            place = plain(place)
            guard place < end else { return nil }
            switch place.pointee {
            case UInt8(ascii: "\""): return place + 1
            case UInt8(ascii: "\\"):
                guard let next = canonicalEscape(place) else { return nil }
                place = next
            case 0x80...:
                guard let next = try? character(place) else { return nil }
                place = next
            default: return nil
            }
        }
    }

    /// An escape that RFC 8785 prescribes: the short ones, and `\u00xx` in lower case for the other control characters.
    private func canonicalEscape(_ place: Place) -> Place? {
        guard end - place >= 2 else { return nil }
        switch place[1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return place + 2
        case UInt8(ascii: "u"):
            guard end - place >= 6 else { return nil }
            let source = UnsafeBufferPointer(start: place, count: 6)
            var index = 0
            let unit = JSONText.escaped(source, at: &index)
            guard unit < 0x20 else { return nil }
            var written: [UInt8] = []
            JSONWriter.append(escape: UInt8(unit), to: &written)
            return written.elementsEqual(source) ? place + 6 : nil
        default: return nil
        }
    }
}
