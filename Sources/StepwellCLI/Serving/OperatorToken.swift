import Glibc

/// The secret that opens the operator's routes of `start`: a file beside the data file, for its owner alone.
enum OperatorToken {
    static func path(besideData path: String) -> String { "\(path).token" }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The token that is there, or a new one.
    static func obtain(besideData dataPath: String) throws(CommandFailure) -> String {
        let path = path(besideData: dataPath)
        if exists(path) { return try read(path) }
        do throws(FileError) {
            let token = try fresh()
            try TextFile.create(path, holding: token + "\n")
            return token
        } catch {
            throw CommandFailure(
                .failure,
                "SW0523: the token file \(path) cannot be written: \(error.reason). Make its directory writable.")
        }
    }

    static func read(_ path: String) throws(CommandFailure) -> String {
        var facts = stat()
        let bytes: [UInt8]
        do throws(FileError) {
            guard stat(path, &facts) == 0 else { throw .last() }
            bytes = try TextFile.read(path, bytesMax: 4_096)
        } catch {
            throw CommandFailure(
                .failure, "SW0523: the token file \(path) cannot be read: \(error.reason). Give the token with --token."
            )
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw CommandFailure(
                .failure, "SW0523: the token file \(path) can be read by others. Make it private: chmod 600 \(path)")
        }
        let token = String(String(decoding: bytes, as: UTF8.self).prefix { !$0.isWhitespace })
        guard token.count >= 16, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandFailure(
                .failure, "SW0523: the file \(path) holds no token. Remove it: the next start makes a new one.")
        }
        return token
    }

    /// 256 bits of the system's entropy in hexadecimal.
    private static func fresh() throws(FileError) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard getentropy(&bytes, bytes.count) == 0 else { throw .last() }
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
