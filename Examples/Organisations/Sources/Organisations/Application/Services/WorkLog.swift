/// The worker's own account of what it did, so that others can check it.
protocol WorkLog: Sendable {
    /// Adds an entry; when this returns, the entry survives the death of the process.
    func note(_ entry: WorkEntry) throws
}

/// One thing that a step did.
struct WorkEntry: Codable, Hashable, Sendable {
    enum Moment: String, Codable, Sendable {
        /// The step's body begins.
        case begun
        /// The body has ended, and the result is handed over to the server.
        case handedOver = "handed-over"
        /// The server called again and brought the result: it is recorded, and the body must never begin again.
        case acknowledged
    }

    let moment: Moment
    let job: String
    let run: String
    let step: String
    /// What the run is about.
    let subject: String
}
