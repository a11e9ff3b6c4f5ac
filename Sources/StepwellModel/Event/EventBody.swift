/// The body of `POST /e/KEY`: one event, an array of events, or a form, read one event after the other (PROTOCOL §1.1, §1.3).
///
/// Reading stops at the first bad event; those before it stay accepted.
package struct EventBody: Sendable {
    /// Events in one array.
    package static let countMax = 5_000

    /// The events up to the first bad one, in order.
    package private(set) var events: [ReceivedEvent] = []
    /// Why reading stopped before the end; nil when all was well.
    package private(set) var error: EventError?

    /// Reads a body.
    /// - Parameters:
    ///   - contentType: The header's value; asked only when the body does not begin like JSON.
    ///   - newID: Gives the internal id of the event at an index, from 0.
    package init(
        _ body: [UInt8], contentType: String? = nil, receivedAt: Timestamp, newID: (Int) -> ULID
    ) {
        do throws(EventError) {
            try read(body, contentType: contentType, receivedAt: receivedAt, newID: newID)
        } catch {
            self.error = error
        }
    }

    private mutating func read(
        _ body: [UInt8], contentType: String?, receivedAt: Timestamp, newID: (Int) -> ULID
    ) throws(EventError) {
        let start = body.firstIndex { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        guard let start else { return }
        switch body[start] {
        case UInt8(ascii: "["):
            try readArray(body, from: start, receivedAt: receivedAt, newID: newID)
        case UInt8(ascii: "{"):
            let event = try Self.json { () throws(JSONError) in try RawJSON(validating: body) }
            events.append(try ReceivedEvent(event.slice, id: newID(0), receivedAt: receivedAt))
        default:
            guard contentType != nil, contentType != "application/json" else {
                _ = try Self.json { () throws(JSONError) in try RawJSON(validating: body) }
                throw .notAnObject
            }
            let event = try EventForm.event(body, contentType: contentType ?? "")
            events.append(try ReceivedEvent(event.slice, id: newID(0), receivedAt: receivedAt))
        }
    }

    private mutating func readArray(
        _ body: [UInt8], from start: Int, receivedAt: Timestamp, newID: (Int) -> ULID
    ) throws(EventError) {
        var offset = try Self.json { () throws(JSONError) in try EventArray.first(in: body, after: start) }
        while let from = offset {
            guard events.count < Self.countMax else { throw .tooMany }
            let range = try Self.json { () throws(JSONError) in try EventArray.element(in: body, from: from) }
            let event = JSONSlice(validated: body[range])
            events.append(try ReceivedEvent(event, id: newID(events.count), receivedAt: receivedAt))
            offset = try Self.json { () throws(JSONError) in try EventArray.next(in: body, after: range.upperBound) }
        }
    }

    private static func json<Value>(_ body: () throws(JSONError) -> Value) throws(EventError) -> Value {
        do throws(JSONError) { return try body() } catch { throw .json(error) }
    }
}

/// Goes through an array that has not been checked as a whole, element by element.
private enum EventArray {
    /// Where the first element begins; nil for an empty array.
    static func first(in body: [UInt8], after start: Int) throws(JSONError) -> Int? {
        try JSONScanner.unsafe(body) { (buffer) throws(JSONError) -> Int? in
            let offset = JSONScanner.skipSpace(in: buffer, from: start + 1)
            guard offset < buffer.count, buffer[offset] == UInt8(ascii: "]") else { return offset }
            try end(in: buffer, after: offset)
            return nil
        }
    }

    static func element(in body: [UInt8], from offset: Int) throws(JSONError) -> Range<Int> {
        try JSONScanner.unsafe(body) { (buffer) throws(JSONError) in try JSONScanner.value(in: buffer, from: offset) }
    }

    /// Where the next element begins, behind a comma; nil behind the last one.
    static func next(in body: [UInt8], after element: Int) throws(JSONError) -> Int? {
        try JSONScanner.unsafe(body) { (buffer) throws(JSONError) -> Int? in
            let offset = JSONScanner.skipSpace(in: buffer, from: element)
            guard offset < buffer.count else { throw JSONError(.commaOrBracket, at: offset, in: buffer) }
            switch buffer[offset] {
            case UInt8(ascii: ","): return offset + 1
            case UInt8(ascii: "]"):
                try end(in: buffer, after: offset)
                return nil
            default: throw JSONError(.commaOrBracket, at: offset, in: buffer)
            }
        }
    }

    private static func end(in buffer: UnsafeBufferPointer<UInt8>, after bracket: Int) throws(JSONError) {
        let offset = JSONScanner.skipSpace(in: buffer, from: bracket + 1)
        guard offset == buffer.count else { throw JSONError(.end, at: offset, in: buffer) }
    }
}
