import StepwellModel

/// A run that has failed for good, as ``Function/onFailure(_:)`` receives it.
public struct FailedRun<Input: Codable & Sendable>: Sendable {
    /// What a run failed with.
    public struct Failure: Sendable, Hashable, Error {
        /// The type of the error, such as `NotFound`.
        public let name: String
        /// What it said.
        public let message: String
        /// Where it came from, if the worker told.
        public let stack: String?
    }

    /// The run's id.
    public let runID: String
    /// The function's full id, `<app>-<function>`.
    public let functionID: String
    /// What it failed with.
    public let error: Failure
    /// The event that had started it.
    public let event: ReceivedEvent<Input>

    /// Reads the data of `inngest/function.failed`, PROTOCOL 1.6.
    init(failureEvent: JSONSlice) throws(StepwellError) {
        let data = failureEvent["data"] ?? RawJSON.emptyObject.slice
        let error = data["error"] ?? RawJSON.emptyObject.slice
        runID = data["run_id"]?.string ?? ""
        functionID = data["function_id"]?.string ?? ""
        self.error = Failure(
            name: error["name"]?.string ?? "Error",
            message: error["message"]?.string ?? error["error"]?.string ?? "",
            stack: error["stack"]?.string)
        let original = data["event"] ?? RawJSON.emptyObject.slice
        let batch = data["events"]?.elements ?? []
        event = try ReceivedEvent(batch: batch.isEmpty ? [original] : batch)
    }
}
