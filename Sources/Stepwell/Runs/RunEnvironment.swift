/// What every run of an app shares.
struct RunEnvironment: Sendable {
    let appID: String
    let client: Client
    /// How long a call for one step waits for it to turn up when only other steps have.
    var targetPatience: Duration = .seconds(10)
    var clock = RunClock.continuous

    var log: Log { client.log }
}
