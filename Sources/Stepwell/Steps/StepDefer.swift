import StepwellModel

/// A function that runs once a run has ended, by `step.defer`.
public struct DeferredRun: Sendable {
    let step: StepIdentity
}

extension Step {
    /// Lets `function` run once this run has ended, whatever its end: completed, failed or cancelled.
    ///
    /// ```swift
    /// let reminder = try step.defer("remind", remind, with: Reminder(orderId: event.data.orderId))
    /// ```
    ///
    /// The function needs the trigger ``Trigger/deferred``. It is told to the server with the next step, or with the result:
    /// what is deferred behind the last step of a run that then fails is lost. A run may defer 20 functions, with 4 MiB of data
    /// in all; more than that has no effect.
    ///
    /// - Parameters:
    ///   - id: its name, unique within the function.
    ///   - data: the data of its event; an object.
    /// - Returns: what ``abort(_:)`` takes.
    /// - Throws: ``StepwellError`` inside of a step, or for data that are no JSON object.
    @discardableResult
    public func `defer`<Input, Output>(
        _ id: String, _ function: Function<Input, Output>, with data: Input
    ) throws -> DeferredRun {
        try `defer`(id, FunctionReference<Input, Output>(function.id), with: data)
    }

    /// Lets a function that is named run once this run has ended; see the form that takes a function.
    ///
    /// - Throws: what that form throws.
    @discardableResult
    public func `defer`<Input, Output>(
        _ id: String, _ function: FunctionReference<Input, Output>, with data: Input
    ) throws -> DeferredRun {
        let input = try Self.encode(data, of: id)
        guard input.kind == .object else {
            throw StepwellError(.valueUnencodable, "the data of the deferred function '\(id)' must be a JSON object")
        }
        let slug = "\(function.app ?? session.environment.appID)-\(function.id)"
        return DeferredRun(step: try session.defer(id, function: slug, input: input))
    }

    /// Takes a deferred function back: it does not run.
    ///
    /// - Throws: ``StepwellError`` inside of a step.
    public func abort(_ deferred: DeferredRun) throws {
        try session.abort(deferred.step)
    }
}
