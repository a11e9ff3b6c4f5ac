import Foundation

/// Records as files, one for each account and organisation, in a folder that others empty.
struct FileRecordExport: RecordExport {
    let folder: URL

    /// The file is replaced as a whole, so a repeated step leaves one whole file.
    func write(_ organisation: Organisation, for account: AccountID) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try encoder.encode(organisation).write(
            to: folder.appending(path: "\(account)-\(organisation.id).json"), options: .atomic)
    }
}
