import StepwellCore
import StepwellModel
import StepwellSQLite
import StepwellStore

/// Adds copies of a run to a data file through the store's own interface, batch by batch, as the engine would have: a
/// backlog of a million runs in seconds instead of hours.
///
/// The newest run of the function is the template, in whatever state it stopped: finished, sleeping, waiting for an event.
/// No server may have the file open.
enum CloneCommand {
    private static let runsPerBatch = 2_000

    static func run(count: Int, path: String, slug: String) throws {
        let store = try SQLiteStore(path: path)
        defer { store.close() }
        let template = try RunTemplate(path: path, slug: slug)
        let opened = try store.open(partition: 0)
        var copier = RunCopier(template: template, marks: opened.marks)
        var sequence = opened.batchSequence
        var left = count
        while left > 0 {
            let size = min(left, runsPerBatch)
            var writes: [Write] = []
            for _ in 0..<size { copier.appendCopy(to: &writes) }
            sequence += 1
            try store.commit(
                Batch(
                    partition: 0, epoch: opened.epoch, sequence: sequence, engineTime: opened.engineTime,
                    writes: writes))
            left -= size
        }
        print("added \(count) runs of \(slug)")
    }
}
