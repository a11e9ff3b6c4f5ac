// One step after the other: each result is recorded, and a repeated run goes on behind the last one.
import Stepwell

// snippet.hide
struct OrderPlaced: Event {
    static let name = "order.placed"
    var orderId: String
    var email: String
}
struct Payment: Codable, Sendable { var id: String }
protocol Payments: Sendable { func charge(order: String) async throws -> Payment }
protocol Mail: Sendable { func send(_ text: String, to address: String) async throws }
// snippet.show

func fulfilOrder(payments: any Payments, mail: any Mail) -> Function<OrderPlaced, Payment> {
    Function("fulfil-order", on: OrderPlaced.self) { event, step in
        let payment = try await step.run("charge-card") {
            try await payments.charge(order: event.data.orderId)
        }
        try await step.run("confirm-by-mail") {
            try await mail.send("Paid: \(payment.id)", to: event.data.email)
        }
        return payment
    }
}
