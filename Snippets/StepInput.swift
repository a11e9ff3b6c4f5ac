// A step with an input, which people see and may edit when they repeat the run from it.
import Stepwell

// snippet.hide
struct InvoiceDue: Event {
    static let name = "invoice.due"
    var invoiceId: String
    var amount: Int
}
protocol Bank: Sendable {
    func transfer(_ amount: Int, reference: String) async throws -> String
}
// snippet.show

struct Transfer: Codable, Sendable {
    var amount: Int
    var reference: String
}

func payInvoice(bank: any Bank) -> Function<InvoiceDue, String> {
    Function("pay-invoice", on: InvoiceDue.self) { event, step in
        let transfer = Transfer(amount: event.data.amount, reference: event.data.invoiceId)
        return try await step.run("transfer", input: transfer) { transfer in
            try await bank.transfer(transfer.amount, reference: transfer.reference)
        }
    }
}
