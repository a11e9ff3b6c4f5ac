// A reminder after three days, which the payment of the same order cancels.
import Stepwell

// snippet.hide
struct OrderPlaced: Event {
    static let name = "order.placed"
    var orderId: String
}
struct OrderPaid: Event {
    static let name = "order.paid"
    var orderId: String
}
protocol Mailer: Sendable { func remind(of order: String) async throws }
// snippet.show

func remindOfPayment(_ mailer: any Mailer) -> Function<OrderPlaced, Void> {
    Function(
        "remind-of-payment", on: OrderPlaced.self,
        options: .init(cancelOn: [.event(OrderPaid.self, match: "data.orderId")])
    ) { event, step in
        try await step.sleep("wait-for-payment", for: .seconds(3 * 86_400))
        try await step.run("remind") { try await mailer.remind(of: event.data.orderId) }
    }
}
