// One function runs another and waits for what it returns; a function of another app is named by a reference.
import Stepwell

// snippet.hide
struct Basket: Codable, Sendable { var items: [String] }
struct Price: Codable, Sendable { var cents: Int }
struct CheckoutStarted: Event {
    static let name = "checkout.started"
    var basket: Basket
}
// snippet.show

let calculatePrice = Function("calculate-price", input: Basket.self) { event, step in
    try await step.run("add-up") { Price(cents: event.data.items.count * 100) }
}

let checkOut = Function("check-out", on: CheckoutStarted.self) { event, step in
    let price = try await step.invoke("price", calculatePrice, with: event.data.basket, timeout: .seconds(60))
    let taxes = FunctionReference<Price, Price>("add-taxes", app: "accounting")
    return try await step.invoke("taxes", taxes, with: price)
}
