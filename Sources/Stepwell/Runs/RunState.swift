import StepwellHTTP
import StepwellModel

/// Fetches what was too large for a call: PROTOCOL 3.1, `use_api`.
struct RunState {
    let client: Client
    let keys: SigningKeys

    func complete(_ envelope: RunCall.Envelope) async throws(StepwellError) -> RunCall.Envelope {
        guard envelope.usesAPI else { return envelope }
        var complete = envelope
        let url = "\(try client.settings.get().apiURL)/v0/runs/\(envelope.runID)"
        let steps = try await fetch("\(url)/actions").slice
        complete.steps = steps
        if envelope.events.isEmpty { complete.events = try await fetch("\(url)/batch").elements ?? [] }
        // What was fetched is newer than the call, and its keys come in the order in which they were recorded.
        complete.hasStack = false
        return complete
    }

    private func fetch(_ url: String) async throws(StepwellError) -> RawJSON {
        let headers = SDKIdentity.headers(try client.settings.get())
        let response: Transport.Response
        do {
            response = try await keys.authorized { (authorization) throws(Transport.Failure) in
                try await client.transport.response(
                    .init(method: .get, url: url, headers: headers + authorization, timeout: .seconds(60)))
            }
        } catch {
            throw StepwellError(.stateUnavailable, "the run's state cannot be fetched from \(url): \(error.reason)")
        }
        guard response.status == 200, let json = try? RawJSON(validating: response.body) else {
            throw StepwellError(
                .stateUnavailable,
                "the run's state cannot be fetched from \(url): the answer has status \(response.status)")
        }
        return json
    }
}
