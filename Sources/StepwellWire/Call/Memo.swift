import StepwellModel

/// Values in the shapes in which SDKs find them under `steps` (PROTOCOL §3.2).
package enum Memo {
    /// `{"data":X}`: the result of a step that ran, or of an invoked function.
    package static func data(_ value: RawJSON?) -> RawJSON { wrapped("data", value ?? .null) }

    /// `{"error":{…}}`: the final failure of a step, or of an invoked function.
    package static func error(_ error: ErrorObject) -> RawJSON { wrapped("error", error.json) }

    /// `{"input":[…]}`: not a result, but the arguments with which a step is to run.
    package static func input(_ arguments: RawJSON) -> RawJSON { wrapped("input", arguments) }

    /// What an SDK finds in a memo.
    package enum Content: Sendable, Hashable {
        case data(RawJSON)
        case error(ErrorObject)
        case input(RawJSON)
        /// A sleep's or a timed out wait's null, or a wait's event.
        case bare(RawJSON)
    }

    package static func content(_ memo: RawJSON) -> Content {
        // An event has a data member too, but a name beside it.
        guard memo.kind == .object, memo["name"] == nil else { return .bare(memo) }
        if let error = memo["error"], !error.isNull { return .error(ErrorObject(error)) }
        if let data = memo["data"] { return .data(data.raw) }
        if let input = memo["input"] { return .input(input.raw) }
        return .bare(memo)
    }

    /// What an invocation that ran out of time gives.
    package static let invokeTimeout = error(
        ErrorObject(
            name: "InngestInvokeTimeoutError", message: "Timed out waiting for invoked function to complete",
            error: "InngestInvokeTimeoutError: Timed out waiting for invoked function to complete"))

    private static func wrapped(_ name: StaticString, _ value: RawJSON) -> RawJSON {
        var writer = JSONWriter(capacity: value.count + 16)
        writer.beginObject()
        writer.member(name, value)
        writer.endObject()
        return writer.json
    }
}
