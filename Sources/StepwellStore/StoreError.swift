/// Why a store could not do what it was asked.
package struct StoreError: Error, Sendable, Hashable {
    package enum Code: Sendable, Hashable {
        /// No space is left for the file. Retriable.
        case full
        /// Another connection holds the file for too long. Retriable.
        case busy
        /// The file or its directory cannot be written.
        case readOnly
        /// Another process owns the file or partition.
        case owned
        /// A newer epoch exists: this process no longer owns the partition.
        case superseded
        /// The file is not one of ours, or is damaged.
        case corrupt
        /// Reading or writing failed; whether earlier writes are on disk is unknown.
        case inputOutput
        /// The file belongs to a newer version of this program.
        case newerSchema
        /// The file system cannot keep the promises that the store relies on, such as a network share.
        case unsuitableFileSystem
        /// Anything else that the library reports.
        case other
    }

    package let code: Code
    /// What happened, with names and numbers, and what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The same call may succeed later, unchanged.
    package var isRetriable: Bool { code == .full || code == .busy }
}
