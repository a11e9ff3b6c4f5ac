/// Why a server cannot be started.
package struct ServerError: Error, Sendable, CustomStringConvertible {
    package let code: ErrorCode
    /// What happened and what to do.
    package let message: String

    package init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message with its number in front, unless it brings one along.
    package var description: String { message.hasPrefix("SW") ? message : "\(code.rawValue): \(message)" }
}
