import StepwellModel

extension Step {
    /// Runs `body` until it has succeeded once, and gives its recorded result from then on.
    ///
    /// ```swift
    /// let organisation = try await step.run("create-organisation") {
    ///     try await organisations.create(name: event.data.name)
    /// }
    /// ```
    ///
    /// The body may run more than once, since a process can die between doing a thing and recording it: make what it does
    /// safe to repeat. It runs in the calling task, so actor isolation and task-local values are those of the caller; one
    /// that blocks its thread holds one of the few threads that all tasks of the process share.
    ///
    /// - Parameters:
    ///   - id: the step's name, unique within the function for what may run at the same time.
    ///   - body: what to do; its result is recorded as JSON, at most 4 MiB.
    /// - Throws: ``StepError`` when the retries are used up; ``RunInterrupted`` when this process gives the run up;
    ///   `CancellationError` when the function cancelled this task; ``StepwellError`` for a mistake in the function.
    @discardableResult
    public nonisolated(nonsending) func run<Output: Codable & Sendable>(
        _ id: String, _ body: nonisolated(nonsending) () async throws -> Output
    ) async throws -> Output {
        let (step, memo) = try await session.result(of: id, .run(type: "step.run")) {
            try Self.encode(await body(), of: id)
        }
        return try Self.decode(try memo.result(of: step), of: id)
    }

    /// Runs a `body` that has no result; see the form that has one.
    ///
    /// - Throws: what that form throws.
    @_disfavoredOverload  // `return try await step.run(…) { value }` must not be read as a step without a result.
    public nonisolated(nonsending) func run(
        _ id: String, _ body: nonisolated(nonsending) () async throws -> Void
    ) async throws {
        let (step, memo) = try await session.result(of: id, .run(type: "step.run")) {
            try await body()
            return .null
        }
        _ = try memo.result(of: step)
    }

    /// Runs `body` with `input`, which people can see, and edit when they repeat the run from this step.
    ///
    /// ```swift
    /// let receipt = try await step.run("charge", input: Charge(amount: order.total)) { charge in
    ///     try await cards.charge(charge.amount)
    /// }
    /// ```
    ///
    /// `stepwell runs rerun ID --from-step charge --input '[{"amount": 7}]'` lets the body run with that in place of what the
    /// function says. Else it is as the form without an input.
    ///
    /// - Parameters:
    ///   - input: what the body works on, at most 4 MiB as JSON.
    ///   - body: what to do with it; its result is recorded as JSON, at most 4 MiB.
    /// - Throws: what the form without an input throws.
    @discardableResult
    public nonisolated(nonsending) func run<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ id: String, input: Input, _ body: nonisolated(nonsending) (Input) async throws -> Output
    ) async throws -> Output {
        try await run(id, type: "step.run", input: input, body)
    }

    /// Runs a `body` that has an input and no result; see the form that has one.
    ///
    /// - Throws: what that form throws.
    @_disfavoredOverload
    public nonisolated(nonsending) func run<Input: Codable & Sendable>(
        _ id: String, input: Input, _ body: nonisolated(nonsending) (Input) async throws -> Void
    ) async throws {
        let _: JSON = try await run(id, type: "step.run", input: input) { input in
            try await body(input)
            return .null
        }
    }

    nonisolated(nonsending) func run<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ id: String, type: StaticString, input: Input,
        _ body: nonisolated(nonsending) (Input) async throws -> Output
    ) async throws -> Output {
        let arguments = try Self.encode([input], of: id)
        guard arguments.count <= StepResult.byteCountMax else {
            throw StepwellError(
                .resultTooLarge,
                "the input of step '\(id)' has \(arguments.count) bytes of JSON; at most \(StepResult.byteCountMax) can be "
                    + "sent. Store it elsewhere and pass a reference to it.")
        }
        let (step, memo) = try await session.result(of: id, .run(type: type, input: arguments)) {
            let edited: Input? = try StepScope.current?.argument()
            return try Self.encode(await body(edited ?? input), of: id)
        }
        return try Self.decode(try memo.result(of: step), of: id)
    }

    static func encode(_ output: some Encodable, of id: String) throws(StepwellError) -> RawJSON {
        do {
            return try Codec.encode(output)
        } catch {
            throw StepwellError(.valueUnencodable, "the result of step '\(id)' cannot be written as JSON: \(error)")
        }
    }

    static func decode<Output: Decodable>(_ json: JSONSlice, of id: String) throws(StepwellError) -> Output {
        do {
            return try Codec.decode(Output.self, from: json)
        } catch {
            throw StepwellError(
                .resultUndecodable,
                "the recorded result of step '\(id)' is no \(Output.self): \(Codec.explain(error)). The type may have "
                    + "changed while the run was under way: read old results too, or give the step another name.")
        }
    }
}
