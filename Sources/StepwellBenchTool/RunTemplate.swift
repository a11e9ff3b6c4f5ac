import StepwellCore
import StepwellModel
import StepwellSQLite
import StepwellStore

/// A run with all its rows, to be copied.
struct RunTemplate {
    let run: RunRow
    let event: EventRow
    let steps: [StepRow]
    let actions: [PendingAction]
    /// The event that told of its end.
    let ending: EventRow?
    /// The text at `data.key` of its event, which each copy has a different one of; nil without any.
    let key: String?

    /// Reads the newest run of the function.
    init(path: String, slug: String) throws {
        let reader = try SQLiteReader(path: path)
        defer { reader.close() }
        let query = RunQuery(functions: [slug], includesOutput: true, position: PagePosition(limit: 1))
        guard let record = try reader.runs(query).rows.first else {
            throw ToolFailure("there is no run of \(slug) in \(path): let a server run one first")
        }
        guard let event = try record.eventID.flatMap({ try reader.event($0) }) else {
            throw ToolFailure("the event that started the newest run of \(slug) is not kept")
        }
        run = record.run
        self.event = event
        steps = try reader.steps(of: run.key)
        actions = try reader.pendingActions(of: run.key)
        let endings = try reader.events(
            EventQuery(name: "inngest/function.finished", position: PagePosition(limit: 20)))
        let id = run.id.description
        ending = endings.rows.first { $0.payload.value(at: ["data", "run_id"])?.string == id }
        key = event.payload.value(at: ["data", "key"])?.string
    }
}
