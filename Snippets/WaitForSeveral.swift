// The first of several events decides, and one that came before the wait counts too.
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
struct OrderCancelled: Event {
    static let name = "order.cancelled"
    var orderId: String
}
// snippet.show

let followOrder = Function("follow-order", on: OrderPlaced.self) { event, step in
    try await step.run("reserve") {
        print("reserving order \(event.data.orderId)")
    }
    let end = try await step.waitForAny(
        "paid-or-cancelled",
        [
            .event(OrderPaid.self, match: "data.orderId", since: .runStart),
            .event(OrderCancelled.self, match: "data.orderId", since: .runStart),
        ], timeout: .seconds(3 * 86_400))
    guard let end else { return "neither in three days" }
    return try end.as(OrderPaid.self) != nil ? "paid" : "cancelled"
}
