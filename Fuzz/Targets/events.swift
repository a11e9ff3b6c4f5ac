import StepwellModel
import StepwellWire

/// What a client sends is accepted or refused; an event that was accepted is valid JSON under its name.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    let now = Timestamp(milliseconds: 1_700_000_000_000)
    for type in ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"] {
        let body = EventBody(bytes, contentType: type, receivedAt: now) { index in
            ULID(time: now, entropyHigh: 0, entropyLow: UInt64(index))
        }
        for event in body.events {
            guard let json = try? RawJSON(validating: event.json.bytes) else {
                fatalError("an accepted event is no JSON: \(event.json.text)")
            }
            precondition(json.value(at: ["name"])?.string == event.name)
        }
    }
    _ = try? RegisterRequest(parsing: bytes)
    return 0
}
