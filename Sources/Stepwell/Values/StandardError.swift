#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The process's standard error, written a whole line at a time.
enum StandardError {
    static func write(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                #if canImport(Glibc)
                    let count = Glibc.write(2, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                    let count = Musl.write(2, rest.baseAddress, rest.count)
                #else
                    let count = Darwin.write(2, rest.baseAddress, rest.count)
                #endif
                // A log that cannot be written has nowhere to be reported.
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}
