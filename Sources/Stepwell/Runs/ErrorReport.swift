import StepwellModel

/// An error as the wire carries it, and what it says about trying again.
struct ErrorReport: Sendable, Hashable {
    let name: String
    let message: String
    let stack: String
    var causeName: String?
    var causeMessage: String?
    /// Trying again cannot help.
    let isFinal: Bool
    /// The value of `Retry-After`.
    let retryAfter: String?

    /// - Parameter place: where it was thrown, such as `step 'create'`.
    init(_ error: any Error, in place: String) {
        var retryAfter: String?
        var isFinal = false
        switch error {
        case let error as NonRetriableError:
            (name, message, isFinal) = ("NonRetriableError", error.message, true)
            causeName = error.cause.map { "\(type(of: $0))" }
            causeMessage = error.cause.map { "\($0)" }
        case let error as RetryAfter:
            (name, message, retryAfter) = ("RetryAfterError", error.message, error.header)
        case let error as StepError:
            (name, message, isFinal) = (error.name, error.message, true)
        case let error as StepwellError:
            (name, message) = ("StepwellError", "\(error)")
            isFinal = [.eventUndecodable, .valueUnencodable, .stepNested, .resultTooLarge, .waitOutOfRange].contains(
                error.code)
        default:
            (name, message) = ("\(type(of: error))", "\(error)")
        }
        stack = "\(name): \(message)\n    in \(place)"
        self.isFinal = isFinal
        self.retryAfter = retryAfter
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.member("message", message)
        writer.member("stack", stack)
        if let causeName, let causeMessage {
            writer.key("cause")
            writer.beginObject()
            writer.member("name", causeName)
            writer.member("message", causeMessage)
            writer.endObject()
        }
        writer.endObject()
    }
}
