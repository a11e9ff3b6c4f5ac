// What to do when a run has failed for good: a durable function of its own, with the error and the original event.
import Stepwell

// snippet.hide
struct InvoiceDue: Event {
    static let name = "invoice.due"
    var invoiceId: String
}
protocol Billing: Sendable { func collect(_ invoice: String) async throws }
protocol Pager: Sendable { func notify(_ text: String) async throws }
// snippet.show

func collectInvoice(_ billing: any Billing, _ pager: any Pager) -> Function<InvoiceDue, Void> {
    Function("collect-invoice", on: InvoiceDue.self) { event, step in
        try await step.run("collect") { try await billing.collect(event.data.invoiceId) }
    }
    .onFailure { failed, step in
        try await step.run("notify") {
            try await pager.notify("Invoice \(failed.event.data.invoiceId): \(failed.error.message)")
        }
    }
}
