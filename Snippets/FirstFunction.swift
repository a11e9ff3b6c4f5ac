import Stepwell

struct AccountCreated: Event {
    static let name = "account.created"
    var email: String
}

let welcome = Function("welcome", on: AccountCreated.self, options: .init(retries: 3)) { event, step in
    let letter = try await step.run("write-letter") {
        "Welcome, \(event.data.email)!"
    }
    try await step.sleep("wait-a-moment", for: .seconds(2))
    try await step.run("send-letter") {
        print(letter)
    }
    return letter
}

let app = App(id: "first", functions: [welcome])
try await app.serve(port: 3000)
