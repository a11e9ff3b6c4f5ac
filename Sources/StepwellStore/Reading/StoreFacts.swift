package import StepwellModel

/// What is to be said of a store as a whole.
package struct StoreFacts: Sendable, Hashable {
    package var epoch: Int64
    package var batchSequence: Int64
    /// Engine time of the last batch.
    package var engineTime: Timestamp
    /// By the first and the last key: exact as long as no event in between was deleted.
    package var events: Int
    package var runs: Int
    /// Next actions of runs that are not finished.
    package var jobs: Int
    /// The number of the file's last migration; 0 where there is no file.
    package var schemaVersion: Int
    /// The data file, without its log; 0 where there is no file.
    package var fileBytes: Int64
    /// The write-ahead log.
    package var logBytes: Int64
    /// Space in the data file that is free for new rows.
    package var freeBytes: Int64

    package init(
        epoch: Int64, batchSequence: Int64, engineTime: Timestamp, events: Int, runs: Int, jobs: Int,
        schemaVersion: Int = 0, fileBytes: Int64 = 0, logBytes: Int64 = 0, freeBytes: Int64 = 0
    ) {
        self.epoch = epoch
        self.batchSequence = batchSequence
        self.engineTime = engineTime
        self.events = events
        self.runs = runs
        self.jobs = jobs
        self.schemaVersion = schemaVersion
        self.fileBytes = fileBytes
        self.logBytes = logBytes
        self.freeBytes = freeBytes
    }
}
