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
        /// A reader's query took longer than it may.
        case tooSlow
        /// The caller broke the rules of ``Store``: a gap between batches, a row that is not there.
        case refused
        /// Anything else that the library reports.
        case other
    }

    package let code: Code
    /// What happened, with names and numbers, and what to do. Starts with the error's number, `SW01xx`, which has a page
    /// of its own in `Docs/errors`.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The same call may succeed later, unchanged.
    package var isRetriable: Bool { code == .full || code == .busy }
}

extension StoreError: CustomStringConvertible {
    package var description: String { message }
}

extension StoreError {
    /// The batch does not fit what the partition holds, which only a defect of ours can cause.
    package static func refused(_ what: String) -> StoreError {
        StoreError(
            .refused,
            "SW0114: the store refused a batch: \(what). Nothing of it was written. Start again; if it happens once more, report it."
        )
    }

    package static func superseded(partition: Int, epoch: Int64, newest: Int64) -> StoreError {
        StoreError(
            .superseded,
            "SW0105: partition \(partition) was opened again under epoch \(newest); epoch \(epoch) may write no longer. "
                + "Another server has taken over: stop this one.")
    }

    package static func unknownPartition(_ partition: Int) -> StoreError {
        StoreError(.refused, "SW0115: this store has one partition, number 0; partition \(partition) does not exist.")
    }
}
