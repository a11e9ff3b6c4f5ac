import StepwellModel

extension Client {
    /// Sends the signal `name` with `data` to the run that waits for it; see ``Step/waitForSignal(_:signal:timeout:onConflict:)``.
    ///
    /// ```swift
    /// let run = try await client.sendSignal("approve-42", data: Approval(by: "Ada"))
    /// ```
    ///
    /// Needs the signing key outside of dev mode. It is sent once, since a repetition could reach another run.
    ///
    /// - Returns: the id of the run that received it; nil when no run waits for it.
    /// - Throws: ``StepwellError`` from the settings, for a signal that cannot be sent, or when the server refuses it or
    ///   cannot be reached.
    @discardableResult
    public func sendSignal(_ name: String, data: some Encodable) async throws -> String? {
        let json: RawJSON
        do {
            json = try Codec.encode(data)
        } catch {
            throw StepwellError(
                .valueUnencodable, "the data of the signal '\(name)' cannot be written as JSON: \(error)")
        }
        return try await SignalSender(client: self).send(name, data: json)
    }

    /// Sends a signal without data; see the form that has some.
    ///
    /// - Throws: what that form throws.
    @discardableResult
    public func sendSignal(_ name: String) async throws -> String? {
        try await SignalSender(client: self).send(name, data: .null)
    }
}
