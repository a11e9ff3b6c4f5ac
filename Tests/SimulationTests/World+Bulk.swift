import StepwellExpressions
import StepwellModel
import StepwellStore

@testable import StepwellCore

/// Operators who want something done to many runs.
extension World {
    func beginAnyBulk() {
        let action = chance(2) ? BulkAction.cancel : .rerun
        guard action == .cancel || clientBudget > 0 else { return }
        if action == .rerun { clientBudget -= 3 }
        let functions = partition.configuration.functions.keys.sorted()
        let chosen = Set(functions.filter { _ in chance(3) })
        var filter = BulkFilter(
            functions: chosen, statuses: action == .cancel ? [.queued, .running] : [.failed, .cancelled, .completed])
        if chance(3) { filter.statuses = [action == .cancel ? .running : .failed] }
        if chance(3) { filter.condition = "event.data.k == 'a'" }
        let request = BulkRequest(
            action: action, filter: filter, rate: chance(3) ? 20 : nil, after: RunKey(0), through: nil)
        do {
            let condition = try filter.condition.map { try Expression(parsing: $0) }
            apply(.beginBulk(request, condition: condition, token()))
        } catch {
            preconditionFailure("the condition cannot be parsed: \(error)")
        }
    }

    func stopAnyBulk() {
        let works = committed.bulks.keys.sorted()
        guard let work = works.randomElement(using: &random) else { return }
        apply(.stopBulk(work, token()))
    }
}
