// Steps that do not need each other run at the same time: by `async let`, or in a task group when there are many.
import Stepwell

// snippet.hide
struct ReportRequested: Event {
    static let name = "report.requested"
    var regions: [String]
}
protocol Figures: Sendable {
    func revenue() async throws -> Int
    func customers() async throws -> Int
    func revenue(of region: String) async throws -> Int
}
// snippet.show

func makeReport(_ figures: any Figures) -> Function<ReportRequested, [String: Int]> {
    Function("make-report", on: ReportRequested.self) { event, step in
        async let revenue = step.run("revenue") { try await figures.revenue() }
        async let customers = step.run("customers") { try await figures.customers() }
        var report = ["revenue": try await revenue, "customers": try await customers]

        try await withThrowingTaskGroup(of: (String, Int).self) { group in
            for region in event.data.regions {
                group.addTask {
                    (region, try await step.run("revenue-\(region)") { try await figures.revenue(of: region) })
                }
            }
            for try await (region, amount) in group { report[region] = amount }
        }
        return report
    }
}
