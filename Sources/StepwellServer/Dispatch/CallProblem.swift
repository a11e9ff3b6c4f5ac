import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire

/// Why a call has no answer that means something.
enum CallProblem: Error, Sendable {
    /// The call never reached a worker: it costs the run nothing and is made again when the app answers.
    case unreachable(String)
    /// The URL may not be called, or the request cannot be sent.
    case unsendable(String)
    case urlRefused(String)
    case redirectsTooMany(String)
    case timedOut
    case connectionLost(String)
    case tooLarge(String)

    init(_ error: HTTPClientError) {
        self =
            switch error {
            case .connectionRefused, .nameNotFound, .connectTimeout, .connectFailed: .unreachable(error.description)
            case .addressRefused: .urlRefused(error.description)
            case .timeout: .timedOut
            case .responseTooLarge: .tooLarge(error.description)
            case .invalidRequest, .tlsFailed: .unsendable(error.description)
            case .cancelled, .connectionClosed, .responseHeadTooLarge, .malformedResponse:
                .connectionLost(error.description)
            }
    }

    /// What happened, for people.
    var reason: String {
        switch self {
        case .unreachable(let reason), .unsendable(let reason), .urlRefused(let reason), .connectionLost(let reason),
            .tooLarge(let reason):
            reason
        case .redirectsTooMany(let location): "The answers lead from redirect to redirect, at last to \(location)."
        case .timedOut: "There was no answer in time."
        }
    }

    /// The call's end as the engine takes it: all but a refused connection costs an attempt.
    var outcome: CallOutcome {
        switch self {
        case .unreachable(let reason): .unreachable(message: reason)
        case .unsendable(let reason): Self.failed("The call cannot be made: \(reason)", error: reason)
        case .urlRefused(let reason):
            Self.failed("\(ErrorCode.appURLRefused.rawValue): \(reason)", error: "address_refused")
        case .redirectsTooMany(let location):
            Self.failed(
                "\(ErrorCode.redirectsTooMany.rawValue): the app's answers lead from redirect to redirect, at last to \(location)",
                error: "too_many_redirects")
        case .timedOut:
            Self.failed(
                "\(ErrorCode.callTimedOut.rawValue): the app did not answer within the time that a call may take",
                error: "request_timeout")
        case .connectionLost(let reason):
            Self.failed("\(ErrorCode.connectionLost.rawValue): \(reason)", error: "connection_lost")
        case .tooLarge(let reason): Self.failed(reason, error: "output_too_large")
        }
    }

    private static func failed(_ message: String, error: String) -> CallOutcome {
        .failed(error: StepwellWire.ErrorObject(message: message, error: error).json, retry: .standard)
    }
}
