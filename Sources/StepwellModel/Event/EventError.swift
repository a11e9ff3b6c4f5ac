/// Why an event, or a body of events, is refused (PROTOCOL §1). The texts that SDKs show are those of the reference.
package enum EventError: Error, Sendable, Hashable {
    case json(JSONError)
    /// The event is some other kind of value than an object.
    case notAnObject
    /// A member has another type than it must have.
    case type(field: String, expected: String)
    case nameEmpty
    case nameTooLong(bytes: Int)
    case nameReserved(String)
    case timestampTooEarly
    case timestampTooLate
    case tooLarge(bytes: Int)
    case tooMany
    case sessionsTooMany(Int)
    case sessionKeyTooLong(String)
    case sessionIDTooLong(key: String)
    /// A body that is neither JSON nor a form that can be read.
    case form(String)
}

extension EventError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .json(let error): error.description
        case .notAnObject: "An event must be a JSON object with a \"name\""
        case .type(let field, let expected): "The event's \"\(field)\" must be \(expected)"
        case .nameEmpty: "event name is empty"
        case .nameTooLong(let bytes):
            "event name is too long: at most \(ReceivedEvent.nameBytesMax) bytes, found \(bytes)"
        case .nameReserved(let name): "event name is reserved for internal use: \(name)"
        case .timestampTooEarly: "timestamp is before Jan 1, 1980; \"ts\" counts milliseconds"
        case .timestampTooLate: "timestamp is after Jan 1, 2100; \"ts\" counts milliseconds"
        case .tooLarge(let bytes):
            "Event is over the max size: Max \(ReceivedEvent.bytesMax) bytes / Size \(bytes) bytes"
        case .tooMany: "Cannot have more than \(EventBody.countMax) events in a batch"
        case .sessionsTooMany(let count):
            "An event has at most \(EventSessions.countMax) sessions; \"meta.sessions\" has \(count)"
        case .sessionKeyTooLong(let key):
            "The session key \"\(key)\" is longer than \(EventSessions.keyBytesMax) bytes"
        case .sessionIDTooLong(let key):
            "The id of session \"\(key)\" is longer than \(EventSessions.idBytesMax) bytes"
        case .form(let problem): "The form in the body cannot be read: \(problem)"
        }
    }
}
