import StepwellModel
import StepwellWire

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An error that a step or function threw: as the wire carries it, and what it says about trying again.
struct ErrorReport: Sendable, Hashable {
    let object: ErrorObject
    /// Trying again cannot help.
    let isFinal: Bool
    /// The value of `Retry-After`.
    let retryAfter: String?

    /// - Parameter place: where it was thrown, such as `step 'create'`.
    init(_ error: any Error, in place: String) {
        var cause: RawJSON?
        var retryAfter: String?
        let (name, message): (String, String)
        switch error {
        case let error as NonRetriableError:
            (name, message, isFinal) = ("NonRetriableError", error.message, true)
            cause = error.cause.map { ErrorObject(name: "\(type(of: $0))", message: "\($0)").json }
        case let error as RetryAfter:
            (name, message, isFinal) = ("RetryAfterError", error.message, false)
            retryAfter = error.header
        case let error as StepError:
            (name, message, isFinal) = (error.name, error.message, true)
        case let error as StepwellError:
            (name, message, isFinal) = ("StepwellError", "\(error)", Self.finalCodes.contains(error.code))
        default:
            (name, message, isFinal) = ("\(type(of: error))", Self.message(of: error), false)
        }
        self.retryAfter = retryAfter
        object = ErrorObject(
            name: name, message: message, stack: "\(name): \(message)\n    in \(place)", cause: cause)
    }

    private init(_ object: ErrorObject, isFinal: Bool, retryAfter: String?) {
        (self.object, self.isFinal, self.retryAfter) = (object, isFinal, retryAfter)
    }

    /// The same error, to be tried again as before, with what the SDK has to add to it as its cause.
    func withCause(_ error: StepwellError) -> ErrorReport {
        let cause = ErrorObject(name: "StepwellError", message: "\(error)", cause: object.json["cause"]?.raw).json
        let object = ErrorObject(
            name: object.name, message: object.message, stack: object.json["stack"]?.string, cause: cause)
        return ErrorReport(object, isFinal: isFinal, retryAfter: retryAfter)
    }

    private static func message(of error: any Error) -> String {
        (error as? any LocalizedError)?.errorDescription ?? "\(error)"
    }

    /// Mistakes that another attempt of the same code with the same event repeats.
    private static let finalCodes: Set<StepwellError.Code> = [
        .eventUndecodable, .valueUnencodable, .stepNested, .resultTooLarge, .waitOutOfRange, .planTooLarge,
        .replyTooLarge, .metadataRefused, .inputRefused,
    ]
}
