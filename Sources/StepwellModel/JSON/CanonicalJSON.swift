/// One JSON text in the canonical form of RFC 8785 (JCS), and what that form could not keep.
///
/// Signatures are made over this form and SDKs make it anew from what they parsed, so it must be exact to the byte.
/// A text that is canonical already is found so in one pass and passes through.
package struct CanonicalJSON: Sendable, Hashable {
    /// What the canonical form dropped. A caller for whom it matters keeps the original.
    package struct Losses: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A number has another value as an IEEE 754 double: an integer beyond 2⁵³, more than 17 digits, an underflow.
        package static let precision = Losses(rawValue: 1)
        /// A number is beyond the range of doubles. RFC 8785 has no form for it: it is written as received.
        package static let overflow = Losses(rawValue: 2)
        /// An object repeated a name; the last value was kept.
        package static let repeatedName = Losses(rawValue: 4)
    }

    package let json: RawJSON
    package let losses: Losses

    /// The canonical form of one JSON text from outside.
    package init(validating bytes: [UInt8]) throws(JSONError) {
        if JSONScanner.isCanonical(bytes) {
            json = RawJSON(validated: bytes)
            losses = []
        } else {
            try JSONScanner.validate(bytes)
            (json, losses) = CanonicalWriter.write(bytes[...])
        }
    }

    package init(_ raw: RawJSON) {
        if JSONScanner.isCanonical(raw.bytes) {
            json = raw
            losses = []
        } else {
            (json, losses) = CanonicalWriter.write(raw.bytes[...])
        }
    }

    package init(_ slice: JSONSlice) {
        (json, losses) = JSONScanner.isCanonical(slice.bytes) ? (slice.raw, []) : CanonicalWriter.write(slice.bytes)
    }
}

extension CanonicalJSON {
    /// The form in which payloads are stored: canonical, or as received where that would change a number.
    ///
    /// Of a repeated name the last value counts everywhere here, so dropping the others changes nothing.
    package static func stored(_ slice: JSONSlice) -> (json: RawJSON, losses: Losses) {
        let form = CanonicalJSON(slice)
        let changes = form.losses.subtracting(.repeatedName)
        return changes.isEmpty ? (form.json, []) : (slice.raw, changes)
    }
}

extension RawJSON {
    /// Whether the text is in canonical form.
    package var isCanonical: Bool { JSONScanner.isCanonical(bytes) }
}

/// Writes valid text in canonical form: members in the order they come, put in order when their object ends.
struct CanonicalWriter {
    private typealias Place = JSONScanner.Place

    private var bytes: [UInt8] = []
    private var losses: CanonicalJSON.Losses = []
    private let scanner: JSONScanner

    static func write(_ text: ArraySlice<UInt8>) -> (RawJSON, CanonicalJSON.Losses) {
        text.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return (.null, []) }
            var writer = CanonicalWriter(scanner: JSONScanner(end: base + source.count))
            writer.bytes.reserveCapacity(source.count)
            _ = writer.value(base)
            return (RawJSON(validated: writer.bytes), writer.losses)
        }
    }

    private init(scanner: JSONScanner) { self.scanner = scanner }

    private mutating func value(_ start: Place) -> Place {
        let start = scanner.space(start)
        guard start < scanner.end else { return start }
        switch start.pointee {
        case UInt8(ascii: "{"): return object(start)
        case UInt8(ascii: "["): return array(start)
        case UInt8(ascii: "\""): return string(start)
        default:
            let end = (try? scanner.value(start, depth: 0)) ?? scanner.end
            let source = UnsafeBufferPointer(start: start, count: end - start)
            if start.pointee > UInt8(ascii: "9") { bytes.append(contentsOf: source) } else { number(source) }
            return end
        }
    }

    private mutating func array(_ start: Place) -> Place {
        bytes.append(UInt8(ascii: "["))
        var place = scanner.space(start + 1)
        while place < scanner.end, place.pointee != UInt8(ascii: "]") {
            if place.pointee == UInt8(ascii: ",") {
                bytes.append(UInt8(ascii: ","))
                place += 1
            }
            place = scanner.space(value(place))
        }
        bytes.append(UInt8(ascii: "]"))
        return min(place + 1, scanner.end)
    }
}

// MARK: - Objects

extension CanonicalWriter {
    /// A member that has been written: its name between the quotes, and all of it up to `end`, as offsets of the output.
    private struct Member {
        let name: Range<Int>
        let end: Int
    }

    private mutating func object(_ start: Place) -> Place {
        bytes.append(UInt8(ascii: "{"))
        let content = bytes.count
        var members: [Member] = []
        var isSorted = true
        var place = scanner.space(start + 1)
        while place < scanner.end, place.pointee != UInt8(ascii: "}") {
            if place.pointee == UInt8(ascii: ",") {
                bytes.append(UInt8(ascii: ","))
                place = scanner.space(place + 1)
            }
            let nameStart = bytes.count + 1
            place = scanner.space(string(place))
            let name = nameStart..<max(bytes.count - 1, nameStart)
            bytes.append(UInt8(ascii: ":"))
            place = scanner.space(value(min(place + 1, scanner.end)))
            let member = Member(name: name, end: bytes.count)
            if isSorted, let last = members.last {
                isSorted = bytes.withUnsafeBufferPointer { Self.order(last, member, in: $0) < 0 }
            }
            members.append(member)
        }
        if !isSorted { sort(members, from: content) }
        bytes.append(UInt8(ascii: "}"))
        return min(place + 1, scanner.end)
    }

    private mutating func sort(_ members: [Member], from content: Int) {
        let sorted = bytes.withUnsafeBufferPointer { output in
            // Of equal names the one that ends later is the later one.
            members.sorted { left, right in
                let order = Self.order(left, right, in: output)
                return order != 0 ? order < 0 : left.end < right.end
            }
        }
        var ordered: [UInt8] = []
        ordered.reserveCapacity(bytes.count - content)
        bytes.withUnsafeBufferPointer { output in
            for (index, member) in sorted.enumerated() {
                if index + 1 < sorted.count, Self.order(member, sorted[index + 1], in: output) == 0 {
                    losses.insert(.repeatedName)
                    continue
                }
                if !ordered.isEmpty { ordered.append(UInt8(ascii: ",")) }
                ordered.append(contentsOf: output[(member.name.lowerBound - 1)..<member.end])
            }
        }
        bytes.replaceSubrange(content..., with: ordered)
    }

    private static func order(_ left: Member, _ right: Member, in output: UnsafeBufferPointer<UInt8>) -> Int {
        JSONText.order(
            UnsafeBufferPointer(rebasing: output[left.name]), UnsafeBufferPointer(rebasing: output[right.name]))
    }
}

// MARK: - Strings and numbers

extension CanonicalWriter {
    /// Writes the string that begins with the quote at `start`.
    private mutating func string(_ start: Place) -> Place {
        bytes.append(UInt8(ascii: "\""))
        var place = min(start + 1, scanner.end)
        while place < scanner.end, place.pointee != UInt8(ascii: "\"") {
            if place.pointee == UInt8(ascii: "\\") {
                place = escape(place)
            } else {
                var end = place
                repeat {
                    end = scanner.plain(end) == end ? end + 1 : scanner.plain(end)
                } while end < scanner.end
                    && end.pointee != UInt8(ascii: "\"") && end.pointee != UInt8(ascii: "\\")
                bytes.append(contentsOf: UnsafeBufferPointer(start: place, count: end - place))
                place = end
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return min(place + 1, scanner.end)
    }

    /// Writes what the escape at `place` stands for, a surrogate pair as one character.
    ///
    /// RFC 8785 refuses lone surrogates; they are written as `JSON.stringify` does, which is what the SDKs compute.
    private mutating func escape(_ place: Place) -> Place {
        let source = UnsafeBufferPointer(start: place, count: scanner.end - place)
        guard source.count >= 2 else { return scanner.end }
        var index = 0
        let unit = JSONText.escaped(source, at: &index)
        var next = index
        if UTF16.isLeadSurrogate(unit), source.count >= next + 6, source[next] == UInt8(ascii: "\\"),
            source[next + 1] == UInt8(ascii: "u")
        {
            let trail = JSONText.escaped(source, at: &next)
            if UTF16.isTrailSurrogate(trail) {
                append(String(decoding: [unit, trail], as: UTF16.self))
                return place + next
            }
        }
        if UTF16.isLeadSurrogate(unit) || UTF16.isTrailSurrogate(unit) {
            append("\\u" + String(unit, radix: 16))
        } else if unit < 0x20 || unit == 0x22 || unit == 0x5C {
            JSONWriter.append(escape: UInt8(truncatingIfNeeded: unit), to: &bytes)
        } else {
            append(String(decoding: [unit], as: UTF16.self))
        }
        return place + index
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func number(_ source: UnsafeBufferPointer<UInt8>) {
        if JSONNumber.isPlainlyCanonical(source) {
            bytes.append(contentsOf: source)
            return
        }
        let value = JSONText.double(source)
        guard value.isFinite else {
            losses.insert(.overflow)
            bytes.append(contentsOf: source)
            return
        }
        let start = bytes.count
        JSONNumber.append(value, to: &bytes)
        let isLost = bytes[start...].withUnsafeBufferPointer { JSONNumber.losesValue(source, as: $0) }
        if isLost { losses.insert(.precision) }
    }
}
