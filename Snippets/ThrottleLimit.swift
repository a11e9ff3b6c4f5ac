// A thousand starts a minute, a hundred more at once: what is over the limit starts later, nothing is dropped.
import Stepwell

// snippet.hide
struct MessageQueued: Event {
    static let name = "message.queued"
    var messageId: String
}
protocol Gateway: Sendable { func deliver(_ message: String) async throws }
// snippet.show

func deliverMessage(_ gateway: any Gateway) -> Function<MessageQueued, Void> {
    Function(
        "deliver-message", on: MessageQueued.self,
        options: .init(throttle: .limit(1_000, per: .seconds(60), burst: 100))
    ) { event, step in
        try await step.run("deliver") { try await gateway.deliver(event.data.messageId) }
    }
}
