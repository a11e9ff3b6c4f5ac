import StepwellModel

/// Arguments that an operator gives a step when a run is repeated from it: PROTOCOL 3.2.
extension StepOperation {
    /// What the step asks for with these arguments. Those of a body are only checked: it reads them when it runs.
    ///
    /// What is not run here takes one object, whose members replace those that the function gave: of a fetch `url`, `method`,
    /// `headers` and `body`, of an inference those of its body, of an invocation those of its data.
    func edited(with arguments: JSONSlice, in step: StepIdentity) throws(StepwellError) -> StepOperation {
        switch self {
        case .run(_, .some): try Self.one(of: arguments, in: step)
        case .fetch(let options): return .fetch(Self.merged(options.slice, try Self.members(arguments, step)))
        case .infer(let options):
            return .infer(Self.merged(options, at: "body", try Self.members(arguments, step)))
        case .invoke(let function, let payload, let timeout):
            let edited = Self.merged(payload, at: "data", try Self.members(arguments, step))
            return .invoke(function: function, payload: edited, timeout: timeout)
        case .run, .sleep, .waitForEvent, .waitForSignal:
            throw StepwellError(
                .inputRefused,
                "the run is repeated from step '\(step.name)' with another input, and that step takes none. Repeat it without "
                    + "one, or let the function call the step with an input: step.run(\"\(step.name)\", input: …).")
        }
        return self
    }

    @discardableResult
    fileprivate static func one(of arguments: JSONSlice, in step: StepIdentity) throws(StepwellError) -> JSONSlice {
        guard let elements = arguments.elements, elements.count == 1 else {
            throw StepwellError(
                .inputRefused,
                "step '\(step.name)' is to run with \(arguments.text), and takes a list of exactly one value. Repeat the run "
                    + "with such a list.")
        }
        return elements[0]
    }

    private static func members(
        _ arguments: JSONSlice, _ step: StepIdentity
    ) throws(StepwellError) -> [(name: String, value: JSONSlice)] {
        guard let members = try one(of: arguments, in: step).members else {
            throw StepwellError(
                .inputRefused,
                "step '\(step.name)' takes an object, whose members replace those that the function says; found "
                    + "\(arguments.text).")
        }
        return members
    }

    /// `object` with edits to its member `name`, an object of its own.
    private static func merged(
        _ object: RawJSON, at name: String, _ edits: [(name: String, value: JSONSlice)]
    ) -> RawJSON {
        let part = merged(object[name] ?? RawJSON.emptyObject.slice, edits)
        return merged(object.slice, [(name, part.slice)])
    }

    private static func merged(_ object: JSONSlice, _ edits: [(name: String, value: JSONSlice)]) -> RawJSON {
        var writer = JSONWriter(capacity: object.bytes.count + 256)
        writer.beginObject()
        for (name, value) in object.members ?? [] where !edits.contains(where: { $0.name == name }) {
            writer.key(name)
            writer.raw(value)
        }
        for (name, value) in edits {
            writer.key(name)
            writer.raw(value)
        }
        writer.endObject()
        return writer.json
    }
}

extension StepScope {
    /// What an operator gave in place of the function's argument; nil for nothing.
    func argument<Input: Decodable>() throws(StepwellError) -> Input? {
        guard let input else { return nil }
        let value = try StepOperation.one(of: input.slice, in: step)
        do {
            return try Codec.decode(Input.self, from: value)
        } catch {
            throw StepwellError(
                .inputRefused,
                "step '\(step.name)' is to run with \(input.text), which is no \(Input.self): \(Codec.explain(error)). Repeat "
                    + "the run with an input of that shape.")
        }
    }
}
