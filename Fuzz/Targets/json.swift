import StepwellModel

/// A text that is valid has one canonical form, which is valid, is its own canonical form and means the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    guard let raw = try? RawJSON(validating: bytes) else { return 0 }
    let canonical = CanonicalJSON(raw)
    guard let again = try? RawJSON(validating: canonical.json.bytes) else {
        fatalError("the canonical form is no JSON: \(canonical.json.text)")
    }
    precondition(CanonicalJSON(again).json == canonical.json, "the canonical form has another canonical form")
    if canonical.losses.isEmpty {
        precondition(JSONValue(again.slice) == JSONValue(canonical.json.slice))
    }
    let tree = JSONValue(raw.slice)
    precondition((try? RawJSON(validating: tree.raw.bytes)) != nil, "a tree is written as no JSON")
    return 0
}
