// The samples of the SDK's reference documentation, as the comments in Sources/Stepwell quote them.
import Stepwell

// snippet.hide
struct AccountCreated: Event {
    static let name = "account.created"
    var name: String
}
struct OrderPlaced: Event {
    static let name = "order.placed"
    var orderId: String
}
struct OrderPaid: Event {
    static let name = "order.paid"
    var orderId: String
}
struct OrderCancelled: Event {
    static let name = "order.cancelled"
    var orderId: String
}
struct Letter: Codable, Sendable { var id: String }
protocol Letters: Sendable {
    func write(to name: String) async throws -> Letter
    func send(_ id: String) async throws
}
struct ChatRequest: Encodable, Sendable {
    var model = "gpt"
    var messages: [[String: String]]
    init(_ text: String) { messages = [["role": "user", "content": text]] }
}
struct ChatAnswer: Codable, Sendable { var id: String }
struct Reminder: Codable, Sendable { var orderId: String }
struct Approval: Codable, Sendable { var by: String }
struct Organisation: Codable, Sendable { var id: String }
protocol Organisations: Sendable {
    func create(name: String) async throws -> Organisation
}
struct Charge: Codable, Sendable { var amount: Int }
protocol Cards: Sendable { func charge(_ amount: Int) async throws -> String }
protocol Model: Sendable { func complete(_ prompt: String) async throws -> String }
protocol Table: Sendable { func load() async throws -> [String] }
struct Order: Codable, Sendable { var total: Int }
struct Quote: Codable, Sendable { var price: Int }
protocol Supplier: Sendable { func quote() async throws -> Quote }

enum Samples {}
// snippet.show

struct OrganisationCreated: Event {
    static let name = "organisation.created"
    var organisationId: String
    var accountId: String
}

// snippet.hide
extension Samples {
    static func function(_ letters: any Letters) -> any DurableFunction {
        // snippet.show
        let welcome = Function("welcome", on: AccountCreated.self, options: .init(retries: 3)) { event, step in
            let letter = try await step.run("write-letter") { try await letters.write(to: event.data.name) }
            try await step.sleep("wait-a-day", for: .seconds(86_400))
            try await step.run("send-letter") { try await letters.send(letter.id) }
        }
        // snippet.hide
        return welcome
    }

    static func run(
        _ organisations: any Organisations, _ event: ReceivedEvent<AccountCreated>, _ step: Step
    ) async throws -> Organisation {
        // snippet.show
        let organisation = try await step.run("create-organisation") {
            try await organisations.create(name: event.data.name)
        }
        // snippet.hide
        return organisation
    }

    static func race(_ first: any Supplier, _ second: any Supplier, _ step: Step) async throws -> Quote? {
        // snippet.show
        let quote = try await step.race {
            try await withThrowingTaskGroup(of: Quote.self) { group in
                group.addTask { try await step.run("ask-first") { try await first.quote() } }
                group.addTask { try await step.run("ask-second") { try await second.quote() } }
                defer { group.cancelAll() }
                return try await group.next()
            }
        }
        // snippet.hide
        return quote
    }

    static func catching(
        _ enrich: @Sendable (Organisation) async throws -> Void, _ organisation: Organisation, _ step: Step
    ) async throws {
        // snippet.show
        do {
            try await step.run("enrich") { try await enrich(organisation) }
        } catch let error as StepError {
            step.log.warning("not enriched", ["reason": error.message])
        }
        // snippet.hide
    }

    static func json(_ event: ReceivedEvent<JSON>) throws -> (String?, Organisation?) {
        // snippet.show
        let id = event.data["organisation"]?["id"]?.string
        let organisation = try event.data["organisation"]?.decoded(as: Organisation.self)
        // snippet.hide
        return (id, organisation)
    }

    static func send() async throws {
        // snippet.show
        let client = Client(id: "shop")
        try await client.send(OrderPlaced(orderId: "7"))
        // snippet.hide
    }

    static func approve(_ order: OrderPlaced, _ step: Step) async throws -> Approval? {
        // snippet.show
        let approval = try await step.waitForSignal(
            "approval", signal: "approve-\(order.orderId)", as: Approval.self, timeout: .seconds(86_400))
        // snippet.hide
        return approval
    }

    static func signal(_ client: Client) async throws -> String? {
        // snippet.show
        let run = try await client.sendSignal("approve-42", data: Approval(by: "Ada"))
        // snippet.hide
        return run
    }

    static func rates(_ step: Step) async throws -> String? {
        // snippet.show
        let rates = try await step.fetch("rates", "https://rates.example.com/latest")
        guard rates.isSuccess else { return nil }
        // snippet.hide
        return rates.body
    }

    static func summary(_ text: String, _ key: String, _ step: Step) async throws -> ChatAnswer {
        // snippet.show
        let answer = try await step.ai.infer(
            "summarise", provider: .openAI(key: key), body: ChatRequest(text), as: ChatAnswer.self)
        // snippet.hide
        return answer
    }

    static func wrapped(_ prompt: String, _ model: any Model, _ step: Step) async throws -> String {
        // snippet.show
        let text = try await step.ai.wrap("summarise", input: prompt) { prompt in
            try await model.complete(prompt)
        }
        // snippet.hide
        return text
    }

    static func charge(_ order: Order, _ cards: any Cards, _ step: Step) async throws -> String {
        // snippet.show
        let receipt = try await step.run("charge", input: Charge(amount: order.total)) { charge in
            try await cards.charge(charge.amount)
        }
        // snippet.hide
        return receipt
    }

    static func metadata(_ table: any Table, _ step: Step) async throws {
        // snippet.show
        try await step.run("import") {
            let rows = try await table.load()
            try step.addMetadata("rows", ["read": rows.count])
        }
        // snippet.hide
    }

    static func either(_ step: Step) async throws -> Bool {
        // snippet.show
        let answer = try await step.waitForAny(
            "answer",
            [.event(OrderPaid.self, match: "data.orderId"), .event(OrderCancelled.self, match: "data.orderId")],
            timeout: .seconds(86_400))
        let isPaid = try answer?.as(OrderPaid.self) != nil
        // snippet.hide
        return isPaid
    }

    static func reminder(
        _ event: ReceivedEvent<OrderPlaced>, _ remind: Function<Reminder, Void>, _ step: Step
    ) throws -> DeferredRun {
        // snippet.show
        let reminder = try step.defer("remind", remind, with: Reminder(orderId: event.data.orderId))
        // snippet.hide
        return reminder
    }

    static func app(_ client: Client, _ welcome: some DurableFunction, _ remind: some DurableFunction) async throws {
        // snippet.show
        try await App(client: client, functions: [welcome, remind]).serve(port: 3000)
        // snippet.hide
    }

    static func handle(
        _ app: App, _ target: String, _ headers: [(name: String, value: String)], _ body: [UInt8]
    ) async throws -> ServeResponse {
        // snippet.show
        let serve = try Serve(app)
        let response = await serve.handle(ServeRequest(method: "POST", target: target, headers: headers, body: body))
        // snippet.hide
        return response
    }
}
