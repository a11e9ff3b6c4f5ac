import StepwellCore
import StepwellModel
import StepwellStore

/// Makes copies of a run, each with keys, ids and an event of its own.
struct RunCopier {
    private let template: RunTemplate
    private var marks: KeyMarks
    private var random = SystemRandomNumberGenerator()

    init(template: RunTemplate, marks: KeyMarks) {
        self.template = template
        self.marks = marks
    }

    mutating func appendCopy(to writes: inout [Write]) {
        let runKey = RunKey(take(\.run))
        let runID = freshID(like: template.run.id)
        let event = copyEvent(template.event, runID: runID, runKey: runKey)
        writes.append(.insertEvent(event))
        var run = template.run
        (run.key, run.id, run.eventKey) = (runKey, runID, event.key)
        writes.append(.insertRun(run))
        for var step in template.steps {
            step.runKey = runKey
            writes.append(.insertStep(step))
        }
        for action in template.actions { append(action, of: runKey, to: &writes) }
        if let ending = template.ending {
            writes.append(.insertEvent(copyEvent(ending, runID: runID, runKey: runKey)))
        }
    }

    private mutating func append(_ action: PendingAction, of runKey: RunKey, to writes: inout [Write]) {
        var job = action.job
        job.core.key = JobKey(take(\.job))
        job.core.runKey = runKey
        writes.append(.putJob(job))
        guard var wait = action.wait else { return }
        wait.jobKey = job.core.key
        if template.key != nil, wait.digest != nil { wait.digest = Digest(equalityValue: .string(text(of: runKey))) }
        writes.append(.insertWait(wait))
    }

    private mutating func copyEvent(_ original: EventRow, runID: ULID, runKey: RunKey) -> EventRow {
        var event = original
        event.key = EventKey(take(\.event))
        event.id = freshID(like: original.id)
        event.payload = RawJSON(validated: replaced(original, with: event.id, runID: runID, runKey: runKey))
        return event
    }

    /// The payload with the copy's own ids and key, which are as long as the template's.
    private func replaced(_ original: EventRow, with id: ULID, runID: ULID, runKey: RunKey) -> [UInt8] {
        var bytes = Array(original.payload.bytes)
        replace(original.id.textBytes, by: id.textBytes, in: &bytes)
        replace(template.event.id.textBytes, by: id.textBytes, in: &bytes)
        replace(template.run.id.textBytes, by: runID.textBytes, in: &bytes)
        if let key = template.key { replace(Array(key.utf8), by: Array(text(of: runKey).utf8), in: &bytes) }
        return bytes
    }

    private func replace(_ old: [UInt8], by new: [UInt8], in bytes: inout [UInt8]) {
        guard let first = old.first, bytes.count >= old.count else { return }
        var place = 0
        while place <= bytes.count - old.count {
            if bytes[place] == first, bytes[place..<place + old.count].elementsEqual(old) {
                bytes.replaceSubrange(place..<place + old.count, with: new)
                place += new.count
            } else {
                place += 1
            }
        }
    }

    /// A copy's text at `data.key`: the run's number, as long as the template's text.
    private func text(of runKey: RunKey) -> String {
        let digits = String(runKey.value)
        let length = template.key?.utf8.count ?? 0
        return String(repeating: "0", count: max(0, length - digits.utf8.count)) + digits
    }

    private mutating func take(_ mark: WritableKeyPath<KeyMarks, Int64>) -> Int64 {
        marks[keyPath: mark] += 1
        return marks[keyPath: mark]
    }

    private mutating func freshID(like id: ULID) -> ULID {
        ULID(time: id.time, entropyHigh: UInt16.random(in: .min ... .max, using: &random), entropyLow: random.next())
    }
}
