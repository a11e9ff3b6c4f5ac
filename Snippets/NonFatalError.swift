// A step that may fail without failing the run: its error is caught once its retries are used up.
import Stepwell

// snippet.hide
struct CompanyFound: Event {
    static let name = "company.found"
    var domain: String
}
struct Profile: Codable, Sendable { var employees: Int }
protocol Enrichment: Sendable { func profile(of domain: String) async throws -> Profile }
// snippet.show

func enrichCompany(_ enrichment: any Enrichment) -> Function<CompanyFound, Profile?> {
    Function("enrich-company", on: CompanyFound.self, options: .init(retries: 2)) { event, step in
        do {
            return try await step.run("enrich") { try await enrichment.profile(of: event.data.domain) }
        } catch let error as StepError {
            step.log.warning("not enriched", ["domain": event.data.domain, "reason": error.message])
            return nil
        }
    }
}
