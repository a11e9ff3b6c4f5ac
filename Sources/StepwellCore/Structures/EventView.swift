import StepwellModel

/// An event's payload that is parsed at most once, and only when something looks inside.
package final class EventView {
    package let name: String
    package let payload: RawJSON
    private var parsed: JSONValue?

    package init(name: String, payload: RawJSON) {
        self.name = name
        self.payload = payload
    }

    package var value: JSONValue {
        if let parsed { return parsed }
        let value = JSONValue(payload.slice)
        parsed = value
        return value
    }

    func value(at path: [String]) -> JSONValue? {
        payload.value(at: path).map { JSONValue($0) }
    }
}
