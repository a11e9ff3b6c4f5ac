import StepwellCore
import StepwellHTTP
import StepwellModel
import StepwellWire

/// Why a request of the server's own has no answer. The messages name no URL, since one may hold secrets.
struct GatewayProblem: Error, Sendable {
    var message: String
    var code: String
    /// Another attempt may end better.
    var isRetriable: Bool

    /// The request cannot be made as it is described.
    static func invalid(_ message: String) -> GatewayProblem {
        GatewayProblem(message: message, code: "invalid_request", isRetriable: false)
    }

    init(message: String, code: String, isRetriable: Bool) {
        self.message = message
        self.code = code
        self.isRetriable = isRetriable
    }

    init(_ error: HTTPClientError) {
        switch error {
        case .invalidRequest: self = .invalid("A header's name or value cannot be sent.")
        case .addressRefused:
            self.init(message: error.description, code: "address_refused", isRetriable: false)
        case .responseTooLarge:
            self.init(message: error.description, code: "output_too_large", isRetriable: false)
        case .timeout: self.init(message: error.description, code: "request_timeout", isRetriable: true)
        case .cancelled, .nameNotFound, .connectionRefused, .connectTimeout, .connectFailed, .tlsFailed,
            .connectionClosed,
            .responseHeadTooLarge, .malformedResponse:
            self.init(message: error.description, code: "transport_error", isRetriable: true)
        }
    }

    func error(isInference: Bool) -> StepwellWire.ErrorObject {
        StepwellWire.ErrorObject(
            name: isInference ? "AIGatewayError" : "GatewayError",
            message: "\(ErrorCode.gatewayFailed.rawValue): \(message)", error: code)
    }

    func outcome(isInference: Bool) -> CallOutcome {
        .failed(error: error(isInference: isInference).json, retry: isRetriable ? .standard : .never)
    }
}
