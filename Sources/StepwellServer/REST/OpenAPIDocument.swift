import CServerFiles

/// The description of the operator's API: `Sources/CServerFiles/openapi.json`, embedded into the binary.
enum OpenAPIDocument {
    static let bytes: [UInt8] = {
        var count = 0
        let first = cserverfiles_openapi(&count)
        return [UInt8](UnsafeBufferPointer(start: first, count: count))
    }()
}
