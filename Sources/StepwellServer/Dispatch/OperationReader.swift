import StepwellCore
import StepwellExpressions
import StepwellModel
import StepwellWire

/// Makes of an operation as it crossed the wire one that the engine can carry out (PROTOCOL §3.5).
///
/// What makes no sense fails the call, which is then tried again; what can never be carried out fails the run.
struct OperationReader {
    /// Of the run: waits refer to it.
    let event: EventView
    let now: Timestamp
    /// For steps that threw.
    let retry: StepwellCore.Retry

    /// Sleeps and waits.
    static let spanMax = Milliseconds.days(366)
    /// An invocation, and a wait for a signal, without a timeout.
    private static let timeoutDefault = Milliseconds.days(365)

    func operation(_ opcode: Opcode) throws(StepwellWire.ErrorObject) -> StepwellCore.Operation {
        let kind = try kind(of: opcode)
        var options = opcode.options
        // What is not carried out, and recorded at once, is seen by people.
        if case .failed = kind, opcode.kind.isGateway { options = options.map(GatewayOptions.redacted) }
        return StepwellCore.Operation(
            id: opcode.id, name: opcode.title, kind: kind, options: options, isRacing: opcode.isRace,
            metadata: MetadataBody.entries(of: opcode))
    }

    private func kind(of opcode: Opcode) throws(StepwellWire.ErrorObject) -> StepwellCore.Operation.Kind {
        switch opcode.kind {
        case .none: return .none
        case .stepRun: return .ran(memo: Memo.data(opcode.data))
        case .step: return .ran(memo: opcode.data ?? .null)
        case .stepError: return .threw(error: Self.error(of: opcode), retry: retry)
        case .stepFailed: return .failed(error: Self.error(of: opcode))
        case .stepPlanned: return .planned
        case .sleep: return try sleep(opcode)
        case .waitForEvent: return try waitForEvent(opcode)
        case .waitForSignal: return try waitForSignal(opcode)
        case .invokeFunction: return try invoke(opcode)
        case .gateway, .aiGateway: return try gateway(opcode)
        case .deferAdd: return Self.deferAdd(opcode)
        case .deferAbort: return .deferAbort(opcode.textOption("target_hashed_id") ?? "")
        case .runComplete: return .completed(output: opcode.data ?? .null)
        case .discoveryRequest: return .discover
        case .syncRunComplete, .unknown:
            throw StepwellWire.ErrorObject(
                message: "\(ErrorCode.operationUnknown.rawValue): the step \"\(opcode.title)\" reported the operation "
                    + "\(opcode.kind.text), which this server does not know",
                error: "unknown_opcode")
        }
    }

    private static func error(of opcode: Opcode) -> RawJSON {
        (opcode.error ?? StepwellWire.ErrorObject(message: "the step \"\(opcode.title)\" failed without an error")).json
    }

    // MARK: - Sleeps and waits

    private func sleep(_ opcode: Opcode) throws(StepwellWire.ErrorObject) -> StepwellCore.Operation.Kind {
        let deadline = try deadline(opcode.duration, field: "duration", of: opcode)
        return isTooLong(deadline) ? tooLong(opcode) : .sleep(deadline)
    }

    private func waitForEvent(_ opcode: Opcode) throws(StepwellWire.ErrorObject) -> StepwellCore.Operation.Kind {
        guard !opcode.eventName.isEmpty else { throw invalid(opcode, "names no event to wait for") }
        // Some SDKs send nothing for a wait whose end has passed.
        let deadline = try timeout(opcode, default: .zero)
        if isTooLong(deadline) { return tooLong(opcode) }
        let since = try since(opcode)
        do throws(ExpressionError) {
            let plan = try WaitPlan(
                eventName: opcode.eventName, expression: opcode.condition, event: event, now: now)
            return .waitForEvent(plan, timeout: deadline, since: since)
        } catch {
            return .invalid(
                error: StepwellWire.ErrorObject(
                    name: "CompileError",
                    message: "the condition of the step \"\(opcode.title)\" cannot be used: \(error)",
                    error: "invalid_expression"
                ).json)
        }
    }

    /// Beyond the reference: `run_start`, a span before now, or a date.
    private func since(_ opcode: Opcode) throws(StepwellWire.ErrorObject) -> LookBack? {
        guard let text = opcode.textOption("since"), !text.isEmpty else { return nil }
        if text == "run_start" { return .runStart }
        switch try deadline(text, field: "since", of: opcode) {
        case .after(let span):
            guard span >= .zero, span <= Self.spanMax else {
                throw invalid(opcode, "looks back by \(text); 0 to 366 days are possible")
            }
            return .span(span)
        case .at(let date): return .date(date)
        }
    }

    private func waitForSignal(_ opcode: Opcode) throws(StepwellWire.ErrorObject) -> StepwellCore.Operation.Kind {
        guard let name = opcode.signal, !name.isEmpty else { throw invalid(opcode, "names no signal to wait for") }
        guard name.utf8.count <= SignalBody.nameBytesMax else {
            throw invalid(opcode, "waits for a signal whose name has more than \(SignalBody.nameBytesMax) bytes")
        }
        let replaces: Bool
        switch opcode.textOption("conflict") ?? "" {
        case "", "fail": replaces = false
        case "replace": replaces = true
        case let other:
            throw invalid(opcode, "has the conflict rule \"\(other)\"; the rules are \"fail\" and \"replace\"")
        }
        // The empty text is no time limit here, unlike in other waits.
        let deadline =
            opcode.timeout == "" ? .after(Self.timeoutDefault) : try timeout(opcode, default: Self.timeoutDefault)
        return isTooLong(deadline) ? tooLong(opcode) : .waitForSignal(name, timeout: deadline, replaces: replaces)
    }

    private func timeout(
        _ opcode: Opcode, default span: Milliseconds
    ) throws(StepwellWire.ErrorObject) -> StepwellCore.Deadline {
        guard let text = opcode.timeout else { return .after(span) }
        return text.isEmpty ? .after(.zero) : try deadline(text, field: "timeout", of: opcode)
    }

    private func deadline(
        _ text: String, field: String, of opcode: Opcode
    ) throws(StepwellWire.ErrorObject) -> StepwellCore.Deadline {
        do throws(DurationError) {
            switch try StepwellModel.Deadline(parsing: text) {
            case .span(let span): return .after(span)
            case .date(let date): return .at(date)
            }
        } catch {
            throw invalid(opcode, "has the \(field) \"\(text)\", which is neither a duration nor a date: \(error)")
        }
    }

    private func isTooLong(_ deadline: StepwellCore.Deadline) -> Bool {
        switch deadline {
        case .after(let span): span > Self.spanMax
        case .at(let date): date - now > Self.spanMax
        }
    }

    private func tooLong(_ opcode: Opcode) -> StepwellCore.Operation.Kind {
        .invalid(
            error: StepwellWire.ErrorObject(
                name: "InngestErrTimeoutTooLong",
                message: "the step \"\(opcode.title)\" is to wait for more than 366 days",
                error: "timeout_too_long"
            ).json)
    }

    // MARK: - Deferred functions

    /// It never fails the run: what makes no sense is for the engine to reject.
    private static func deferAdd(_ opcode: Opcode) -> StepwellCore.Operation.Kind {
        .deferAdd(
            function: opcode.textOption("fn_slug") ?? "", input: opcode.option("input")?.raw ?? .null,
            note: opcode.option("meta")?.raw)
    }

    // MARK: - Requests

    /// A request that can never be made fails its step, so that the function may catch it.
    private func gateway(_ opcode: Opcode) throws(StepwellWire.ErrorObject) -> StepwellCore.Operation.Kind {
        let isInference = opcode.kind == .aiGateway
        do throws(GatewayProblem) {
            _ = try GatewayRequest(opcode.options ?? .emptyObject, isInference: isInference, to: .any)
            return isInference ? .aiGateway : .gateway
        } catch {
            return .failed(error: error.error(isInference: isInference).json)
        }
    }

    // MARK: - Invocations

    private func invoke(_ opcode: Opcode) throws(StepwellWire.ErrorObject) -> StepwellCore.Operation.Kind {
        guard let function = opcode.functionID, !function.isEmpty else {
            throw invalid(opcode, "names no function to invoke")
        }
        let deadline = try timeout(opcode, default: Self.timeoutDefault)
        if isTooLong(deadline) { return tooLong(opcode) }
        let payload = opcode.payload
        let data = payload?["data"].flatMap { $0.isNull ? nil : $0 }
        guard data == nil || data?.kind == .object else { throw invalid(opcode, "must give data that is an object") }
        let user = payload?["user"].flatMap { $0.kind == .object ? $0.raw : nil }
        return .invoke(
            function: function,
            payload: InvokePayload(
                data: data?.raw ?? .emptyObject, user: user ?? .emptyObject, version: payload?["v"]?.string),
            timeout: deadline)
    }

    private func invalid(_ opcode: Opcode, _ problem: String) -> StepwellWire.ErrorObject {
        StepwellWire.ErrorObject(
            message: "\(ErrorCode.operationInvalid.rawValue): the step \"\(opcode.title)\" \(problem)",
            error: "invalid_opcode")
    }
}
