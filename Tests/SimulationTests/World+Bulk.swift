import StepwellExpressions
import StepwellModel
import StepwellStore

@testable import StepwellCore

/// Operators who want something done to many runs or events.
extension World {
    func beginAnyBulk() {
        guard let action = [BulkAction.cancel, .cancel, .rerun, .rerun, .resend].randomElement(using: &random) else {
            return
        }
        guard action == .cancel || clientBudget > 0 else { return }
        if action != .cancel { clientBudget -= 3 }
        var request = BulkRequest(action: action, filter: anyFilter(action), rate: chance(3) ? 20 : nil)
        // What is sent again is as much as it finds, and each of its runs may send more.
        if action == .resend { request.limit = 4 } else if chance(4) { request.limit = 3 }
        if action == .cancel, chance(2) { request.origin = .cancellation }
        if action == .rerun, chance(2) { request.start = anyStart() }
        do {
            let condition = try request.filter.condition.map { try Expression(parsing: $0) }
            operate { .beginBulk(request, condition: condition, $0) }
        } catch {
            preconditionFailure("the condition cannot be parsed: \(error)")
        }
    }

    private func anyFilter(_ action: BulkAction) -> BulkFilter {
        var filter = BulkFilter()
        if chance(3) { filter.condition = "event.data.k == 'a'" }
        if action == .resend {
            filter.eventNames = ["app/sequence", "app/signal"]
            return filter
        }
        let functions = partition.configuration.functions.keys.sorted()
        filter.functions = Set(functions.filter { _ in chance(3) })
        filter.statuses = action == .cancel ? [.queued, .running] : [.failed, .cancelled, .completed]
        if chance(3) { filter.statuses = [action == .cancel ? .running : .failed] }
        return filter
    }

    private func anyStart() -> BulkStart {
        BulkStart(step: chance(2) ? "one" : "nap", input: chance(2) ? RawJSON("[1]") : nil)
    }

    func stopAnyBulk() {
        let works = committed.bulks.keys.sorted()
        guard let work = works.randomElement(using: &random) else { return }
        let isWithdrawn = committed.bulks[work]?.origin == .cancellation
        operate { isWithdrawn ? .withdrawBulk(work, $0) : .stopBulk(work, $0) }
    }
}
