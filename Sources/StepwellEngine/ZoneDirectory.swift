import Glibc
import StepwellCore

/// The system's time zone database: a directory with one TZif file for each zone, as the package tzdata installs it.
///
/// Files are read anew at each call, so an update of the database needs no restart to be seen by who asks again.
package struct ZoneDirectory: Sendable {
    static let fileBytesMax = 1 << 20
    static let nameBytesMax = 255

    let path: String

    package init(path: String = "/usr/share/zoneinfo") { self.path = path }

    /// Finds zones as the core asks for them; one that cannot be read is one that is not there.
    package var finder: ZoneFinder { { name in try? rules(named: name) } }

    /// The rules of a zone such as `Europe/Paris`; UTC needs no file.
    package func rules(named name: String) throws(ZoneError) -> TimeZoneRules {
        if name == "UTC" { return .utc }
        guard Self.isSafe(name) else { throw .unknown(name) }
        let bytes = try read(name)
        do throws(TimeZoneError) {
            return try TimeZoneRules(tzif: bytes)
        } catch {
            throw .unusable(name, reason: error.description)
        }
    }

    /// Words of letters, digits, `_`, `+` and `-` between single slashes, the first beginning with a capital.
    ///
    /// All zones are named so. What the directory holds beside them is not: `localtime`, which differs from machine to
    /// machine, `posix/`, `right/`, lists.
    private static func isSafe(_ name: String) -> Bool {
        guard name.utf8.count <= nameBytesMax, name.utf8.first.map({ 0x41...0x5A ~= $0 }) == true else { return false }
        return name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { word in
            !word.isEmpty
                && word.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || "_+-".utf8.contains($0)
                }
        }
    }

    private func read(_ name: String) throws(ZoneError) -> [UInt8] {
        // Not blocking: a pipe in the place of a file must not hold anyone up before it is refused.
        let descriptor = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw missing(name, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unusable(name, reason: Self.text(errno)) }
        // A part of the world, such as Europe, is a directory.
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unknown(name) }
        guard status.st_size <= Self.fileBytesMax else {
            throw .unusable(name, reason: "it is larger than \(Self.fileBytesMax) bytes")
        }
        guard let bytes = Self.read(descriptor, count: Int(status.st_size)) else {
            throw .unusable(name, reason: Self.text(errno))
        }
        return bytes
    }

    /// Up to `count` bytes; nil when the system refuses.
    private static func read(_ descriptor: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var place = 0
        while place < count {
            let more = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: $0[place...]).baseAddress, count - place)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { return nil }
            guard more > 0 else { break }
            place += more
        }
        return Array(bytes[..<place])
    }

    private func missing(_ name: String, _ code: Int32) -> ZoneError {
        guard code == ENOENT || code == ENOTDIR else { return .unusable(name, reason: Self.text(code)) }
        return access(path, F_OK) == 0 ? .unknown(name) : .noDatabase(path)
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Why the rules of a time zone cannot be had, and what to do.
package enum ZoneError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The machine has no time zone database at a path.
    case noDatabase(String)
    case unknown(String)
    case unusable(String, reason: String)

    package var description: String {
        switch self {
        case .noDatabase(let path):
            "SW0310: there is no time zone database at \(path); install tzdata, or write schedules in UTC, without TZ="
        case .unknown(let name):
            "SW0311: the schedule's TZ= names \"\(name)\", which is no time zone; name one such as TZ=Europe/Paris"
        case .unusable(let name, let reason):
            "SW0312: the file of the time zone \"\(name)\" cannot be used: \(reason); install tzdata again"
        }
    }
}
