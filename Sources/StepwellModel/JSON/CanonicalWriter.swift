/// Writes valid text in canonical form: members in the order they come, put in order when their object ends.
///
/// The output is memory of a fixed size, since appending to an array costs more than all the rest. When it does not
/// suffice nothing more is written, and the caller tries again with more.
struct CanonicalWriter {
    private typealias Place = JSONScanner.Place

    /// A member that has been written, as offsets of the output: its name without quotes, and where its value ends.
    private struct Member {
        let nameStart: Int
        let nameEnd: Int
        let end: Int
    }

    private let scanner: JSONScanner
    private let output: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private var count = 0
    private var isFull = false
    private var losses: CanonicalJSON.Losses = []
    /// The members of all objects that are open, those of the innermost last.
    private var members: [Member] = []

    static func write(_ text: ArraySlice<UInt8>) -> (RawJSON, CanonicalJSON.Losses) {
        text.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return (.null, []) }
            // Only numbers grow, at most eightfold (`9e9` to `9000000000`, `1e20` to 21 digits).
            var capacity = source.count + 32
            while true {
                if let result = write(from: base, scanner: JSONScanner(end: base + source.count), capacity: capacity) {
                    return result
                }
                capacity *= 4
            }
        }
    }

    /// Nil when the capacity does not suffice.
    private static func write(
        from base: Place, scanner: JSONScanner, capacity: Int
    ) -> (RawJSON, CanonicalJSON.Losses)? {
        var losses: CanonicalJSON.Losses?
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            guard let output = buffer.baseAddress else { return }
            var writer = CanonicalWriter(scanner: scanner, output: output, capacity: capacity)
            _ = writer.value(base)
            losses = writer.isFull ? nil : writer.losses
            count = writer.count
        }
        return losses.map { (RawJSON(validated: bytes), $0) }
    }

    private init(scanner: JSONScanner, output: UnsafeMutablePointer<UInt8>, capacity: Int) {
        self.scanner = scanner
        self.output = output
        self.capacity = capacity
    }

    private mutating func value(_ start: Place) -> Place {
        let start = scanner.space(start)
        guard start < scanner.end else { return start }
        switch start.pointee {
        case UInt8(ascii: "{"): return object(start)
        case UInt8(ascii: "["): return array(start)
        case UInt8(ascii: "\""): return string(start)
        default:
            let end = (try? scanner.value(start, depth: 0)) ?? scanner.end
            if start.pointee > UInt8(ascii: "9") { append(start, end - start) } else { number(start, end - start) }
            return end
        }
    }

    private mutating func array(_ start: Place) -> Place {
        append(UInt8(ascii: "["))
        var place = scanner.space(start + 1)
        while place < scanner.end, place.pointee != UInt8(ascii: "]") {
            if place.pointee == UInt8(ascii: ",") {
                append(UInt8(ascii: ","))
                place += 1
            }
            place = scanner.space(value(place))
        }
        append(UInt8(ascii: "]"))
        return min(place + 1, scanner.end)
    }
}

// MARK: - Objects

extension CanonicalWriter {
    private mutating func object(_ start: Place) -> Place {
        append(UInt8(ascii: "{"))
        let content = count
        let first = members.count
        var isSorted = true
        var place = scanner.space(start + 1)
        while place < scanner.end, place.pointee != UInt8(ascii: "}") {
            if place.pointee == UInt8(ascii: ",") {
                append(UInt8(ascii: ","))
                place = scanner.space(place + 1)
            }
            let nameStart = count + 1
            place = scanner.space(string(place))
            let nameEnd = max(count - 1, nameStart)
            append(UInt8(ascii: ":"))
            place = scanner.space(value(min(place + 1, scanner.end)))
            let member = Member(nameStart: nameStart, nameEnd: nameEnd, end: count)
            if isSorted, members.count > first { isSorted = order(members[members.count - 1], member) < 0 }
            members.append(member)
        }
        if !isSorted, !isFull { sort(from: first, content: content) }
        members.removeLast(members.count - first)
        append(UInt8(ascii: "}"))
        return min(place + 1, scanner.end)
    }

    /// Puts the members from `first` on in order, whose text begins at `content`; drops all but the last of equal names.
    private mutating func sort(from first: Int, content: Int) {
        sortMembers(from: first)
        let size = count - content
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: size) { copy in
            guard let source = copy.baseAddress else { return }
            source.initialize(from: output + content, count: size)
            count = content
            for index in first..<members.count {
                let member = members[index]
                if index + 1 < members.count, isRepeated(member, members[index + 1], in: source - content) {
                    losses.insert(.repeatedName)
                    continue
                }
                if count > content { append(UInt8(ascii: ",")) }
                append(source + (member.nameStart - 1 - content), member.end - member.nameStart + 1)
            }
        }
    }

    private mutating func sortMembers(from first: Int) {
        guard members.count - first <= 12 else {
            let sorted = members[first...].sorted { precedes($0, $1) }
            members.replaceSubrange(first..., with: sorted)
            return
        }
        for index in (first + 1)..<members.count {
            let member = members[index]
            var hole = index
            while hole > first, precedes(member, members[hole - 1]) {
                members[hole] = members[hole - 1]
                hole -= 1
            }
            members[hole] = member
        }
    }

    /// Of equal names the one that ends later is the later one.
    private func precedes(_ left: Member, _ right: Member) -> Bool {
        let order = order(left, right)
        return order != 0 ? order < 0 : left.end < right.end
    }

    private func order(_ left: Member, _ right: Member) -> Int {
        JSONText.order(name(of: left, in: output), name(of: right, in: output))
    }

    private func isRepeated(_ left: Member, _ right: Member, in text: UnsafePointer<UInt8>) -> Bool {
        JSONText.order(name(of: left, in: text), name(of: right, in: text)) == 0
    }

    private func name(of member: Member, in text: UnsafePointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text + member.nameStart, count: member.nameEnd - member.nameStart)
    }
}

// MARK: - Strings and numbers

extension CanonicalWriter {
    /// Writes the string that begins with the quote at `start`.
    private mutating func string(_ start: Place) -> Place {
        append(UInt8(ascii: "\""))
        var run = min(start + 1, scanner.end)
        var place = run
        while true {
            place = scanner.plain(place)
            guard place < scanner.end else { break }
            switch place.pointee {
            case UInt8(ascii: "\""):
                append(run, place - run + 1)
                return place + 1
            case UInt8(ascii: "\\"):
                append(run, place - run)
                run = escape(place)
                place = run
            default: place += 1
            }
        }
        append(run, place - run)
        append(UInt8(ascii: "\""))
        return scanner.end
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
                append(String(decoding: [unit, trail], as: UTF16.self).utf8)
                return place + next
            }
        }
        if UTF16.isLeadSurrogate(unit) || UTF16.isTrailSurrogate(unit) {
            append("\\u\(String(unit, radix: 16))".utf8)
        } else if unit < 0x20 || unit == 0x22 || unit == 0x5C {
            var written: [UInt8] = []
            JSONWriter.append(escape: UInt8(truncatingIfNeeded: unit), to: &written)
            append(written)
        } else {
            append(String(decoding: [unit], as: UTF16.self).utf8)
        }
        return place + index
    }

    private mutating func number(_ start: Place, _ length: Int) {
        let source = UnsafeBufferPointer(start: start, count: length)
        let value = JSONNumber.isPlainlyCanonical(source) ? nil : JSONText.double(source)
        guard let value, value.isFinite else {
            if value != nil { losses.insert(.overflow) }
            append(start, length)
            return
        }
        var written: [UInt8] = []
        JSONNumber.append(value, to: &written)
        if written.withUnsafeBufferPointer({ JSONNumber.losesValue(source, as: $0) }) { losses.insert(.precision) }
        append(written)
    }
}

// MARK: - Output

extension CanonicalWriter {
    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        guard count < capacity else {
            isFull = true
            return
        }
        output[count] = byte
        count += 1
    }

    @inline(__always)
    private mutating func append(_ source: UnsafePointer<UInt8>, _ length: Int) {
        guard count + length <= capacity else {
            isFull = true
            return
        }
        (output + count).update(from: source, count: length)
        count += length
    }

    private mutating func append(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { append(byte) }
    }
}
