import StepwellModel
import StepwellWire

/// What a worker answers is understood or refused; what was understood is written so that it is understood as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    if let opcodes = try? Opcode.decode(bytes) {
        let written = Opcode.encode(opcodes)
        guard let again = try? Opcode.decode(written) else {
            fatalError("what was written is not understood: \(String(decoding: written, as: UTF8.self))")
        }
        precondition(Opcode.encode(again) == written)
    }
    let now = Timestamp(milliseconds: 1_700_000_000_000)
    for status in [200, 201, 206, 400, 500] {
        _ = CallAnswer(status: status, headers: { $0 == Header.sdk ? "fuzz" : nil }, body: bytes, at: now)
    }
    _ = try? CallRequest(parsing: bytes)
    return 0
}
