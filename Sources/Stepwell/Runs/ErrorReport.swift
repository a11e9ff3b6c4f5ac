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

    private static func message(of error: any Error) -> String {
        (error as? any LocalizedError)?.errorDescription ?? "\(error)"
    }

    /// Mistakes that another attempt of the same code with the same event repeats.
    private static let finalCodes: Set<StepwellError.Code> = [
        .eventUndecodable, .valueUnencodable, .stepNested, .resultTooLarge, .waitOutOfRange,
    ]
}
