import Glibc
import StepwellModel

/// Looks at something of the API again whenever it changes.
struct Watch {
    let client: APIClient
    let path: String
    let query: [(name: String, value: String)]
    private var tag: String?

    /// How long a server may be gone before the watch gives up.
    private static let patienceSeconds = 60
    /// One question is held back by the server so long.
    private static let wait = Milliseconds.seconds(30)

    init(client: APIClient, path: String, query: [(name: String, value: String)] = []) {
        self.client = client
        self.path = path
        self.query = query
    }

    /// What is there now, the first time; after that what is there once it differs.
    ///
    /// - Parameter onTrouble: Told why nothing comes while the server is gone.
    mutating func next(onTrouble: (String) -> Void) throws(CommandFailure) -> RawJSON {
        var failures = 0
        while true {
            do throws(CommandFailure) {
                let answer = try client.get(path, query, tag: tag, wait: tag == nil ? nil : Self.wait)
                failures = 0
                guard answer.isModified else { continue }
                tag = answer.tag
                return answer.json
            } catch {
                // A server that was there is given the time to come back.
                guard error.code == .unreachable, tag != nil, failures < Self.patienceSeconds else { throw error }
                failures += 1
                onTrouble("\(client.url) does not answer; trying again")
                sleep(1)
            }
        }
    }
}
