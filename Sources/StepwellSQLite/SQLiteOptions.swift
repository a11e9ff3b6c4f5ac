/// How a data file is opened. The defaults are meant for everyone.
package struct SQLiteOptions: Sendable {
    /// What a commit waits for.
    package enum Durability: Sendable {
        /// The batch survives a loss of power. The only promise that Stepwell makes.
        case full
        /// The batch survives the end of the process, no more: for tests that show why `full` is needed.
        case off
    }

    package var durability: Durability
    /// The library's file layer; nil is the operating system, with all checks of the file and its directory.
    package var vfs: String?
    /// How large the write-ahead log grows before its content is moved into the data file.
    package var logBytesBeforeCheckpoint: Int
    /// How large the log may grow while a reader holds an old snapshot; then batches fail with a retriable error until it ends.
    package var logBytesMax: Int
    /// How long a commit waits for another program that holds the file.
    package var busyMilliseconds: Int
    /// Disk space that is set aside for work that is under way when the disk is full; 0 sets none aside.
    package var reserveBytes: Int

    package init(
        durability: Durability = .full, vfs: String? = nil, logBytesBeforeCheckpoint: Int = 16 << 20,
        logBytesMax: Int = 1 << 30, busyMilliseconds: Int = 1_000, reserveBytes: Int = 16 << 20
    ) {
        self.durability = durability
        self.vfs = vfs
        self.logBytesBeforeCheckpoint = logBytesBeforeCheckpoint
        self.logBytesMax = logBytesMax
        self.busyMilliseconds = busyMilliseconds
        self.reserveBytes = reserveBytes
    }
}
