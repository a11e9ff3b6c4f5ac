import StepwellModel

/// A function as it is registered, PROTOCOL 2.2: checked first, then written member by member.
struct FunctionConfiguration: Sendable {
    let slug: String
    let name: String
    let triggers: [Trigger]
    let options: FunctionOptions
    let url: String

    /// The configurations of one definition: the function, and its failure function if it has one.
    static func all(of function: FunctionDefinition, app: String, url: String) -> [FunctionConfiguration] {
        let slug = "\(app)-\(function.id)"
        let name = function.options.name ?? function.id
        let own = FunctionConfiguration(
            slug: slug, name: name, triggers: function.triggers, options: function.options, url: url)
        guard function.failure != nil else { return [own] }
        let trigger = Trigger.event("inngest/function.failed", if: "event.data.function_id == '\(slug)'")
        return [
            own,
            FunctionConfiguration(
                slug: slug + failureSuffix, name: "\(name) (failure)", triggers: [trigger],
                options: FunctionOptions(retries: 1), url: url),
        ]
    }

    static let failureSuffix = "-failure"

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", slug)
        writer.member("name", name)
        writer.key("triggers")
        writer.beginArray()
        for trigger in triggers { trigger.write(to: &writer) }
        writer.endArray()
        writeStep(to: &writer)
        writeFlowControl(to: &writer)
        writer.endObject()
    }

    private func writeStep(to writer: inout JSONWriter) {
        writer.key("steps")
        writer.beginObject()
        writer.key("step")
        writer.beginObject()
        writer.member("id", "step")
        writer.member("name", "step")
        writer.key("runtime")
        writer.beginObject()
        writer.member("type", "http")
        writer.member("url", "\(url)?fnId=\(slug)&stepId=step")
        writer.endObject()
        if let retries = options.retries {
            writer.key("retries")
            writer.beginObject()
            writer.member("attempts", retries)
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
    }

    private func writeFlowControl(to writer: inout JSONWriter) {
        writer.member(optional: "idempotency", options.idempotency)
        write("concurrency", options.concurrency, to: &writer) { $0.write(to: &$1) }
        write("throttle", options.throttle, to: &writer) { $0.write(to: &$1) }
        write("rateLimit", options.rateLimit, to: &writer) { $0.write(to: &$1) }
        write("debounce", options.debounce, to: &writer) { $0.write(to: &$1) }
        write("batchEvents", options.batchEvents, to: &writer) { $0.write(to: &$1) }
        write("priority", options.priority, to: &writer) { $0.write(to: &$1) }
        write("singleton", options.singleton, to: &writer) { $0.write(to: &$1) }
        write("timeouts", options.timeouts, to: &writer) { $0.write(to: &$1) }
        guard !options.cancelOn.isEmpty else { return }
        writer.key("cancel")
        writer.beginArray()
        for cancel in options.cancelOn { cancel.write(to: &writer) }
        writer.endArray()
    }

    private func write<Option>(
        _ key: StaticString, _ option: Option?, to writer: inout JSONWriter, _ write: (Option, inout JSONWriter) -> Void
    ) {
        guard let option else { return }
        writer.key(key)
        write(option, &writer)
    }
}
