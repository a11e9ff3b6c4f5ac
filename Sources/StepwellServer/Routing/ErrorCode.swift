/// The server's numbered errors; each has a page in `Docs/errors`.
package enum ErrorCode: String, Sendable, Hashable, CaseIterable {
    /// The body is not what the route takes.
    case bodyInvalid = "SW0400"
    /// The signing key is missing or wrong.
    case signingKeyRefused = "SW0401"
    /// The operator's token is missing or wrong.
    case tokenRefused = "SW0402"
    /// A page of a foreign origin asked.
    case originRefused = "SW0403"
    /// There is no such route.
    case routeUnknown = "SW0404"
    /// The route has no such method.
    case methodUnknown = "SW0405"
    /// The request is for a host that this server is not known as.
    case hostRefused = "SW0406"
    /// The event key is not one of the server's.
    case eventKeyRefused = "SW0407"
    /// The server has no event key, so that it takes no events.
    case eventKeysMissing = "SW0408"
    /// The body is larger than the route takes.
    case bodyTooLarge = "SW0409"
    /// Nothing can be made durable for now.
    case storeTrouble = "SW0410"
    /// The server is being stopped.
    case stopping = "SW0411"
    /// A registration breaks a rule.
    case registrationInvalid = "SW0412"
    /// An app wants a server of the other kind.
    case serverKindMismatch = "SW0413"
    /// An app's URL may not be called.
    case appURLRefused = "SW0414"
    /// There is no such function.
    case functionUnknown = "SW0415"
    /// There is no such run, or it has ended.
    case runGone = "SW0416"
    /// There is no such app.
    case appUnknown = "SW0417"
    /// Nothing moves: an input was not answered in time.
    case notProgressing = "SW0418"
    /// A query parameter has no valid value.
    case parameterInvalid = "SW0419"
    /// `start` needs an event key.
    case eventKeyNeeded = "SW0420"
    /// `start` needs a signing key.
    case signingKeyNeeded = "SW0421"
    /// The server cannot listen.
    case cannotListen = "SW0422"
    /// `start` needs an operator's token.
    case tokenNeeded = "SW0423"
    /// A value of the configuration is out of range.
    case configurationInvalid = "SW0424"
    /// The engine cannot be started.
    case engineFailed = "SW0425"
    /// A call's answer leads from redirect to redirect.
    case redirectsTooMany = "SW0430"
    /// A call's answer names an operation that the server does not know.
    case operationUnknown = "SW0431"
    /// A call took longer than it may.
    case callTimedOut = "SW0432"
    /// A call's connection broke before its answer was complete.
    case connectionLost = "SW0433"
    /// An operation lacks something or says what makes no sense.
    case operationInvalid = "SW0434"

    /// The run has no such step.
    case stepUnknown = "SW0440"
    /// The run has several steps of this name.
    case stepAmbiguous = "SW0441"
    /// The function is archived, and begins no runs.
    case functionArchived = "SW0442"
    /// The event is the server's own, which nobody sends again.
    case eventReserved = "SW0443"
    /// A filter's expression cannot be used.
    case expressionInvalid = "SW0444"
    /// The work on many runs has ended.
    case bulkEnded = "SW0445"
    /// Too many works on many runs go on.
    case bulksTooMany = "SW0446"

    /// The API has no such run or event.
    case rowUnknown = "SW0501"
    /// The store cannot answer a query.
    case readFailed = "SW0502"
    /// Too many answers are being held back.
    case heldTooMany = "SW0503"
    /// No run waits for a signal.
    case signalUnwanted = "SW0510"
    /// A run or a step would have too much metadata.
    case metadataTooLarge = "SW0511"
    /// A request that a step leaves to the server has no usable answer.
    case gatewayFailed = "SW0435"
}
