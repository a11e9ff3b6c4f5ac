/// What the SDK refuses or cannot do, under a number that has a page in `Docs/errors`.
///
/// The message names what was expected, what was found and what to do about it.
public struct StepwellError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The number under which an error is documented, such as `SW0221`.
    ///
    /// Codes are open: later versions add some, so handle the ones you know and report the rest.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The number as it is written, `SW` and four digits.
        public let description: String

        init(_ description: String) { self.description = description }
    }

    /// Which error this is.
    public let code: Code
    /// What was expected, what was found, and what to do.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Number and message on one line.
    public var description: String { "\(code): \(message)" }
}

extension StepwellError.Code {
    /// A function's configuration breaks a rule of the protocol.
    public static let configurationInvalid = Self("SW0200")
    /// Two functions of an app have the same id.
    public static let functionRepeated = Self("SW0201")
    /// The server asked for a function that this app does not have.
    public static let functionUnknown = Self("SW0202")
    /// An event's data does not have the shape of the function's event type.
    public static let eventUndecodable = Self("SW0203")
    /// A recorded step result does not have the shape of the step's type.
    public static let resultUndecodable = Self("SW0204")
    /// A value cannot be written as JSON.
    public static let valueUnencodable = Self("SW0205")
    /// The result of a step or function is larger than 4 MiB.
    public static let resultTooLarge = Self("SW0206")
    /// A step was called inside another step's body.
    public static let stepNested = Self("SW0207")
    /// Two steps of the same name wait at the same time (a warning).
    public static let stepNameShared = Self("SW0208")
    /// A step was called after its function had returned (a warning).
    public static let stepAfterEnd = Self("SW0209")
    /// The server asked for a step that the function does not reach.
    public static let stepNotReached = Self("SW0210")
    /// A step's id is recorded for another kind of step.
    public static let stepKindChanged = Self("SW0211")
    /// A time span or date that a step cannot wait for.
    public static let waitOutOfRange = Self("SW0212")
    /// More than 1,000 steps wait at the same time.
    public static let planTooLarge = Self("SW0213")
    /// A reply to the server is larger than 8 MiB.
    public static let replyTooLarge = Self("SW0214")
    /// An event key is needed and there is none.
    public static let eventKeyMissing = Self("SW0220")
    /// A signing key is needed and there is none.
    public static let signingKeyMissing = Self("SW0221")
    /// A request's signature is missing or wrong.
    public static let signatureInvalid = Self("SW0222")
    /// A request's signature is older than five minutes.
    public static let signatureExpired = Self("SW0223")
    /// A request's body is larger than the handler's limit.
    public static let bodyTooLarge = Self("SW0224")
    /// A request that is none of the protocol's.
    public static let requestInvalid = Self("SW0225")
    /// An environment variable, or a URL given in its place, cannot be understood.
    public static let environmentInvalid = Self("SW0226")
    /// The server refused events.
    public static let eventsRefused = Self("SW0230")
    /// The server could not be reached.
    public static let serverUnreachable = Self("SW0231")
    /// The server refused to register the app.
    public static let registrationRefused = Self("SW0232")
    /// A run's state could not be fetched.
    public static let stateUnavailable = Self("SW0233")
    /// An event's name is empty or reserved.
    public static let eventNameInvalid = Self("SW0234")
    /// The built-in server could not listen.
    public static let listenFailed = Self("SW0235")

    /// A signal cannot be sent.
    public static let signalRefused = Self("SW0236")
    /// Metadata cannot be recorded.
    public static let metadataRefused = Self("SW0237")
    /// A run is repeated with an input that its step cannot take.
    public static let inputRefused = Self("SW0238")

    /// Every code, for the check that each has its page.
    package static let all: [Self] = [
        .configurationInvalid, .functionRepeated, .functionUnknown, .eventUndecodable, .resultUndecodable,
        .valueUnencodable, .resultTooLarge, .stepNested, .stepNameShared, .stepAfterEnd, .stepNotReached,
        .stepKindChanged, .waitOutOfRange, .planTooLarge, .replyTooLarge, .eventKeyMissing, .signingKeyMissing,
        .signatureInvalid, .signatureExpired,
        .bodyTooLarge, .requestInvalid, .environmentInvalid, .eventsRefused, .serverUnreachable, .registrationRefused,
        .stateUnavailable, .eventNameInvalid, .listenFailed, .signalRefused,
        .metadataRefused, .inputRefused,
    ]
}
