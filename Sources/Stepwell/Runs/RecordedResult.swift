import StepwellModel

/// What the server has recorded for a step: PROTOCOL 3.2.
struct RecordedResult: Sendable {
    let json: JSONSlice

    /// Edited arguments of a step that has yet to run: no result.
    var isInput: Bool { json.kind == .object && json["input"] != nil && json["data"] == nil && json["error"] == nil }

    /// Whether a step of this kind could have left it. A `run`, an `invoke` and a `fetch` leave an object with `data` or `error`,
    /// a sleep leaves null, a wait leaves null or an event, a wait for a signal null or the signal as `data`.
    func fits(_ operation: StepOperation) -> Bool {
        switch operation {
        case .run, .invoke, .fetch, .infer: json.kind == .object && (json["data"] != nil || json["error"] != nil)
        case .sleep: json.isNull
        case .waitForSignal: json.isNull || json["data"]?["signal"]?.string != nil
        case .waitForEvent: json.isNull || json.kind == .object && json["name"]?.string != nil
        }
    }

    /// The result of a `run`, an `invoke` or a `fetch`.
    ///
    /// - Throws: ``StepError`` if what is recorded is a failure.
    func result(of step: StepIdentity) throws(StepError) -> JSONSlice {
        if let error = json["error"], !error.isNull {
            throw StepError(
                stepID: step.name,
                name: error["name"]?.string ?? "Error",
                message: error["message"]?.string ?? error["error"]?.string ?? error.string ?? error.text,
                stack: error["stack"]?.string)
        }
        return json["data"] ?? RawJSON.null.slice
    }
}
