/// Goes through the members or elements of one container, whose bytes are handed in with every call.
struct JSONCursor {
    /// Behind what was found last, from the container's first byte.
    private var offset = 1

    /// Name (between its quotes) and value of the next member; nil behind the last one and where the text is not valid.
    mutating func nextMember(in container: UnsafeBufferPointer<UInt8>) -> (name: Range<Int>, value: Range<Int>)? {
        guard let base = container.baseAddress else { return nil }
        let scanner = JSONScanner(end: base + container.count)
        let name = start(scanner, base + offset, separator: UInt8(ascii: ","))
        guard name < scanner.end, name.pointee == UInt8(ascii: "\""), let nameEnd = try? scanner.string(name + 1) else {
            return nil
        }
        let value = start(scanner, nameEnd, separator: UInt8(ascii: ":"))
        guard let valueEnd = try? scanner.value(value, depth: 0) else { return nil }
        offset = valueEnd - base
        return ((name + 1 - base)..<(nameEnd - 1 - base), (value - base)..<(valueEnd - base))
    }

    /// The next element; nil behind the last one and where the text is not valid.
    mutating func nextElement(in container: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard let base = container.baseAddress else { return nil }
        let scanner = JSONScanner(end: base + container.count)
        let element = start(scanner, base + offset, separator: UInt8(ascii: ","))
        guard let end = try? scanner.value(element, depth: 0) else { return nil }
        offset = end - base
        return (element - base)..<(end - base)
    }

    /// Behind white space and at most one separator.
    @inline(__always)
    private func start(
        _ scanner: JSONScanner, _ place: JSONScanner.Place, separator: UInt8
    ) -> JSONScanner.Place {
        let place = scanner.space(place)
        return place < scanner.end && place.pointee == separator ? scanner.space(place + 1) : place
    }
}
