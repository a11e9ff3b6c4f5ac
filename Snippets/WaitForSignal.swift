// A function waits for an answer that is meant for it alone, by a name that both sides know.
import Stepwell

// snippet.hide
struct RefundRequested: Event {
    static let name = "refund.requested"
    var orderId: String
}
// snippet.show

struct Approval: Codable, Sendable {
    var isGranted: Bool
    var by: String
}

let refund = Function("refund", on: RefundRequested.self) { event, step in
    let approval = try await step.waitForSignal(
        "approval", signal: "refund/\(event.data.orderId)", as: Approval.self, timeout: .seconds(3 * 86_400))
    guard let approval, approval.isGranted else { return "not granted" }
    try await step.run("pay-back") {
        print("order \(event.data.orderId), granted by \(approval.by)")
    }
    return "paid back"
}
