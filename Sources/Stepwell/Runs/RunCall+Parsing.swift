import StepwellModel

/// Reads a call's body, PROTOCOL 3.1, in one pass and without copying what is only passed on.
extension RunCall {
    /// What a call says, before the state that was too large for it is fetched.
    struct Envelope {
        var runID = ""
        var stepID = "step"
        var attempt = 0
        var attemptsMax: Int?
        var stack: [StepHash] = []
        var hasStack = false
        var plansOnly = false
        /// State and events were too large, and are to be fetched.
        var usesAPI = false
        var steps: JSONSlice?
        var defers: JSONSlice?
        var events: [JSONSlice] = []
        var event: JSONSlice?
    }

    /// - Parameter stepID: the `stepId` of the query, which goes before what the body says.
    static func envelope(of body: [UInt8], stepID: String?) throws(StepwellError) -> Envelope {
        let root: JSONSlice
        do throws(JSONError) {
            root = try RawJSON(validating: body).slice
        } catch {
            throw invalid("its body is \(error)")
        }
        var envelope = Envelope()
        root.forEachMember { name, value in
            switch name {
            case "ctx": envelope.read(context: value)
            case "events": envelope.events = value.elements ?? []
            case "event": envelope.event = value
            case "steps": envelope.steps = value
            case "defers": envelope.defers = value
            case "use_api": envelope.usesAPI = envelope.usesAPI || value.bool ?? false
            default: break
            }
        }
        if let stepID, !stepID.isEmpty { envelope.stepID = stepID }
        guard !envelope.runID.isEmpty else { throw invalid("it has no ctx.run_id") }
        return envelope
    }

    init(_ envelope: Envelope, byteCount: Int) throws(StepwellError) {
        let target = StepHash(hex: envelope.stepID)
        guard target != nil || envelope.stepID == "step" else {
            throw Self.invalid("its stepId '\(envelope.stepID)' is neither 'step' nor 40 hexadecimal digits")
        }
        let memos = Self.memos(in: envelope.steps)
        let events = envelope.events.isEmpty ? envelope.event.map { [$0] } ?? [] : envelope.events
        guard !events.isEmpty else { throw Self.invalid("it has no event") }
        self.init(
            runID: envelope.runID, target: target, attempt: envelope.attempt, attemptsMax: envelope.attemptsMax,
            stack: envelope.hasStack ? envelope.stack : memos.order,
            memos: memos.byHash, events: events, defers: Self.defers(envelope.defers), plansOnly: envelope.plansOnly,
            byteCount: byteCount)
    }

    private static func memos(in steps: JSONSlice?) -> (byHash: [StepHash: RecordedResult], order: [StepHash]) {
        var byHash: [StepHash: RecordedResult] = [:]
        var order: [StepHash] = []
        steps?.forEachMember { name, value in
            guard let hash = StepHash(hex: name.source) else { return }
            let memo = RecordedResult(json: value)
            byHash[hash] = memo
            if !memo.isInput { order.append(hash) }
        }
        return (byHash, order)
    }

    private static func defers(_ value: JSONSlice?) -> [StepHash: Bool] {
        var known: [StepHash: Bool] = [:]
        value?.forEachMember { name, value in
            if let hash = StepHash(hex: name.source) { known[hash] = value["abortable"]?.bool ?? false }
        }
        return known
    }

    private static func invalid(_ reason: String) -> StepwellError {
        StepwellError(
            .requestInvalid,
            "this is no call of the protocol: \(reason). Does the request come from the server, unchanged?")
    }
}

extension RunCall.Envelope {
    fileprivate mutating func read(context: JSONSlice) {
        context.forEachMember { name, value in
            switch name {
            case "run_id": runID = value.string ?? ""
            case "step_id": stepID = value.string ?? "step"
            case "attempt": attempt = value.integer.flatMap { Int(exactly: $0) } ?? 0
            case "max_attempts": attemptsMax = value.integer.flatMap { Int(exactly: $0) }
            case "disable_immediate_execution": plansOnly = value.bool ?? false
            case "use_api": usesAPI = usesAPI || value.bool ?? false
            case "stack": read(stack: value)
            default: break
            }
        }
    }

    private mutating func read(stack value: JSONSlice) {
        guard let list = value["stack"] else { return }
        hasStack = list.forEachElement { element in
            if let hash = StepHash(hex: element.bytes.dropFirst().dropLast()) { stack.append(hash) }
        }
    }
}
