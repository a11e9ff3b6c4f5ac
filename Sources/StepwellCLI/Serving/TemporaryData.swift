import Glibc

/// A directory of its own for the data of one `dev` server.
struct TemporaryData: Sendable {
    let directory: String
    var path: String { "\(directory)/stepwell.db" }

    init(environment: [String: String]) throws(CommandFailure) {
        let parent = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/stepwell-dev-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(
                .failure,
                "SW0524: no temporary directory can be made in \(parent): \(FileError.last().reason). "
                    + "Name a data file with --data, or another place with TMPDIR.")
        }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes the directory with everything in it; it holds files only.
    func remove() {
        guard let listing = opendir(directory) else { return }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { unlink("\(directory)/\(name)") }
        }
        closedir(listing)
        rmdir(directory)
    }
}
