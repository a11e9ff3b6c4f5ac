// A model is asked twice: by the server, which holds nothing of the worker, and by a library of yours.
import Stepwell

// snippet.hide
struct TicketOpened: Event {
    static let name = "ticket.opened"
    var text: String
}
protocol LocalModel: Sendable {
    func complete(_ prompt: String) async throws -> String
}
// snippet.show

struct ChatRequest: Encodable, Sendable {
    struct Message: Codable, Sendable {
        var role: String
        var content: String
    }
    var model: String
    var messages: [Message]
}

struct ChatAnswer: Codable, Sendable {
    struct Choice: Codable, Sendable { var message: Message }
    struct Message: Codable, Sendable { var content: String }
    var choices: [Choice]
}

func answerTicket(key: String, model: any LocalModel) -> Function<TicketOpened, String> {
    Function("answer-ticket", on: TicketOpened.self, options: .init(retries: 3)) { event, step in
        let request = ChatRequest(
            model: "gpt-4o-mini", messages: [.init(role: "user", content: "What is this about? \(event.data.text)")])
        let topic = try await step.ai.infer(
            "find-topic", provider: .openAI(key: key), body: request, as: ChatAnswer.self)
        let prompt = "Answer in the tone of the house: \(topic.choices.first?.message.content ?? "")"
        return try await step.ai.wrap("write-answer", input: prompt) { prompt in try await model.complete(prompt) }
    }
}
