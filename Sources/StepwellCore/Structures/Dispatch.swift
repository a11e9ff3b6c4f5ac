import StepwellModel

/// A call that the engine has decided on and whose answer it awaits. It holds its gates' slots until then.
struct Dispatch {
    let generation: Int64
    let app: AppKey
    var gates: [GateKey]
    /// It is a request of the server's own, which says nothing about the app.
    let isGateway: Bool
    /// The job that the call is for; nil once the run ended without waiting for it.
    var job: JobReference?
    let startedAt: Timestamp
    /// The throttle that it has passed.
    var usedThrottle: GateKey?
    /// The call was handed out; until then its run is being loaded.
    var isOrdered = false
}
