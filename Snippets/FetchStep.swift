// The server makes a slow request, so that nothing of the worker is held while the answer takes its time.
import Stepwell

// snippet.hide
struct ReportRequested: Event {
    static let name = "report.requested"
    var month: String
}
// snippet.show

let fetchReport = Function("fetch-report", on: ReportRequested.self, options: .init(retries: 4)) { event, step in
    let answer = try await step.fetch(
        "render", FetchRequest("https://reports.example.com/render", method: "POST", body: event.data.month))
    guard answer.isSuccess else { throw NonRetriableError("the report was refused with \(answer.status)") }
    return answer.body
}
