// Up to a hundred events in one run, at the latest ten seconds after the first of them.
import Stepwell

// snippet.hide
struct PageViewed: Event {
    static let name = "page.viewed"
    var siteId: String
    var path: String
}
protocol Warehouse: Sendable { func insert(_ paths: [String], of site: String) async throws }
// snippet.show

func storeViews(_ warehouse: any Warehouse) -> Function<PageViewed, Void> {
    Function(
        "store-views", on: PageViewed.self,
        options: .init(batchEvents: .max(100, timeout: .seconds(10), key: "event.data.siteId"))
    ) { event, step in
        let paths = event.batch.map(\.data.path)
        try await step.run("insert") { try await warehouse.insert(paths, of: event.data.siteId) }
    }
}
