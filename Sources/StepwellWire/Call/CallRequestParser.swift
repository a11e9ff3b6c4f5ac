import StepwellModel

/// Why the body of a call cannot be understood.
package enum CallRequestError: Error, Sendable, Hashable, CustomStringConvertible {
    case json(JSONError)
    case missing(String)
    case version(Int64)

    package var description: String {
        switch self {
        case .json(let error): "the call's body is not JSON: \(error)"
        case .missing(let field):
            "the call's body has no \(field) of the right type; the server speaks another protocol"
        case .version(let version): "the call has version \(version); known are -1, 1 and 2"
        }
    }
}

extension CallRequest {
    /// Reads a body on the SDK's side. Unknown fields are ignored, optional ones get their defaults.
    package init(parsing body: [UInt8]) throws(CallRequestError) {
        let root: JSONSlice
        do throws(JSONError) { root = try RawJSON(validating: body).slice } catch { throw .json(error) }
        guard let context = root["ctx"], context.kind == .object else { throw .missing("ctx") }
        let usesAPI = root["use_api"]?.bool ?? context["use_api"]?.bool ?? false
        self.init(context: try Context(context, usesAPI: usesAPI), events: try Self.events(root))
        root["steps"]?.forEachMember { steps.append(Step(id: $0.string, memo: $1.raw)) }
        root["defers"]?.forEachMember { deferred.append(($0.string, $1["abortable"]?.bool ?? false)) }
        let version = root["version"]?.integer ?? -1
        guard version != 0, let known = Int(exactly: version) else { throw .version(version) }
        self.version = known
        // Older servers send no stack; then the order of the steps is what there is.
        if self.context.stack.isEmpty, context["stack"] == nil { self.context.stack = steps.map(\.id) }
    }

    /// The events, or the one event where a server has left the list out because of its size.
    private static func events(_ root: JSONSlice) throws(CallRequestError) -> [RawJSON] {
        let events = root["events"]?.elements?.map(\.raw) ?? []
        guard events.isEmpty else { return events }
        guard let event = root["event"], event.kind == .object else { throw .missing("event") }
        return [event.raw]
    }
}

extension CallRequest.Context {
    fileprivate init(_ context: JSONSlice, usesAPI: Bool) throws(CallRequestError) {
        guard let runID = context["run_id"]?.string, !runID.isEmpty else { throw .missing("ctx.run_id") }
        let stack = context["stack"]
        self.init(
            functionID: context["fn_id"]?.string ?? "", runID: runID, environment: context["env"]?.string ?? "",
            stepID: context["step_id"]?.string ?? CallRequest.discoveryStepID,
            attempt: Self.count(context["attempt"]) ?? 0,
            attemptsMax: Self.count(context["max_attempts"]) ?? FunctionConfiguration.retriesDefault + 1,
            stack: stack?["stack"]?.elements?.compactMap(\.string) ?? [],
            stackCurrent: Self.count(stack?["current"]) ?? 0,
            queueItemID: context["qi_id"]?.string ?? "", requestID: context["request_id"]?.string ?? "",
            generation: context["generation_id"]?.integer ?? 0, jobID: context["job_id"]?.string ?? "",
            disablesImmediateExecution: context["disable_immediate_execution"]?.bool ?? false, usesAPI: usesAPI)
    }

    private static func count(_ value: JSONSlice?) -> Int? { value?.integer.flatMap { Int(exactly: $0) } }
}
