import StepwellModel

/// What a signal gives the step that waited for it. Source: PROTOCOL, sections 3.2 and 4.4.
enum SignalResult {
    /// The wait for a signal: an equality on its name, so that it stands in the same index as all waits.
    static func plan(_ name: String) -> WaitPlan {
        WaitPlan(
            eventName: InternalEvent.signal, path: ["data", "signal"], digest: Digest(equalityValue: .string(name)))
    }

    /// The data of the event that tells of a signal: `{"data","signal"}`.
    static func data(of signal: SentSignal) -> RawJSON {
        var json = JSONWriter(capacity: signal.data.count + 64)
        json.beginObject()
        json.member("data", signal.data)
        json.member("signal", signal.name)
        json.endObject()
        return json.json
    }

    /// `{"data":{"data","signal"}}`; null when no signal came in time.
    static func memo(for event: EventRow?) -> RawJSON {
        guard let data = event?.payload.value(at: ["data"]) else { return .null }
        var json = JSONWriter(capacity: data.count + 16)
        json.beginObject()
        json.key("data")
        json.raw(data)
        json.endObject()
        return json.json
    }

    /// The error of a run that waits for a signal for which another one waits already.
    static let conflict = ErrorObject.json(
        name: "Error", message: "Signal conflict; signal wait already exists for another run")
}
