// A use case sends an event and returns: the work is durable from the moment the call returns.
import Stepwell

// snippet.hide
struct SignupRequested: Event {
    static let name = "signup.requested"
    var email: String
}
// snippet.show

struct RequestSignup: Sendable {
    let client: Client

    func callAsFunction(email: String, requestID: String) async throws {
        // The id makes a repeated request harmless: each function runs once for it.
        try await client.send(SignupRequested(email: email), id: "signup-\(requestID)")
    }
}
