extension FunctionConfiguration {
    /// The configuration as an element of the register body's `functions`.
    package var json: RawJSON {
        var writer = JSONWriter(capacity: 512)
        write(to: &writer)
        return writer.json
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", slug)
        writer.member("name", name)
        writer.key("triggers")
        writer.beginArray()
        for trigger in triggers { Self.write(trigger, to: &writer) }
        writer.endArray()
        writeStep(to: &writer)
        writer.member(optional: "idempotency", idempotency)
        writeConcurrency(to: &writer)
        writeRates(to: &writer)
        if let priority {
            writer.key("priority")
            writer.beginObject()
            writer.member("run", priority)
            writer.endObject()
        }
        if let singleton {
            writer.key("singleton")
            writer.beginObject()
            writer.member("mode", singleton.mode.rawValue)
            writer.member(optional: "key", singleton.key)
            writer.endObject()
        }
        writeCancels(to: &writer)
        if startTimeout != nil || finishTimeout != nil {
            writer.key("timeouts")
            writer.beginObject()
            writer.member(optional: "start", startTimeout.map(DurationText.format))
            writer.member(optional: "finish", finishTimeout.map(DurationText.format))
            writer.endObject()
        }
        writer.member(optional: "checkpoint", checkpoint)
        writer.endObject()
    }

    private static func write(_ trigger: Trigger, to writer: inout JSONWriter) {
        writer.beginObject()
        switch trigger {
        case .event(let name, let expression):
            writer.member("event", name)
            writer.member(optional: "expression", expression)
        case .cron(let schedule, let jitter):
            writer.member("cron", schedule)
            writer.member(optional: "jitter", jitter.map(DurationText.format))
        }
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
        writer.member("type", url.lowercased().hasPrefix("ws") ? "ws" : "http")
        writer.member("url", url)
        writer.endObject()
        writer.key("retries")
        writer.beginObject()
        writer.member("attempts", retries)
        writer.endObject()
        writer.endObject()
        writer.endObject()
    }

    private func writeConcurrency(to writer: inout JSONWriter) {
        guard !concurrency.isEmpty || runConcurrency != nil else { return }
        writer.key("concurrency")
        guard let runConcurrency else { return Self.write(concurrency, to: &writer) }
        writer.beginObject()
        writer.key("fn")
        Self.write([runConcurrency], to: &writer)
        if !concurrency.isEmpty {
            writer.key("step")
            Self.write(concurrency, to: &writer)
        }
        writer.endObject()
    }

    private static func write(_ limits: [Concurrency], to writer: inout JSONWriter) {
        writer.beginArray()
        for limit in limits {
            writer.beginObject()
            writer.member("limit", limit.limit)
            writer.member(optional: "key", limit.key)
            writer.member("scope", limit.scope.rawValue)
            writer.endObject()
        }
        writer.endArray()
    }

    private func writeRates(to writer: inout JSONWriter) {
        if let throttle {
            writer.key("throttle")
            writer.beginObject()
            writer.member("limit", throttle.limit)
            writer.member("period", DurationText.format(throttle.period))
            writer.member("burst", throttle.burst)
            writer.member(optional: "key", throttle.key)
            writer.endObject()
        }
        if let rateLimit {
            writer.key("rateLimit")
            writer.beginObject()
            writer.member("limit", rateLimit.limit)
            writer.member("period", DurationText.format(rateLimit.period))
            writer.member(optional: "key", rateLimit.key)
            writer.endObject()
        }
        if let debounce {
            writer.key("debounce")
            writer.beginObject()
            writer.member("period", DurationText.format(debounce.period))
            writer.member(optional: "timeout", debounce.timeout.map(DurationText.format))
            writer.member(optional: "key", debounce.key)
            writer.endObject()
        }
        if let batch {
            writer.key("batchEvents")
            writer.beginObject()
            writer.member("maxSize", batch.sizeMax)
            writer.member("timeout", DurationText.format(batch.timeout, dialect: .go))
            writer.member(optional: "key", batch.key)
            writer.member(optional: "if", batch.condition)
            writer.endObject()
        }
    }

    private func writeCancels(to writer: inout JSONWriter) {
        guard !cancels.isEmpty else { return }
        writer.key("cancel")
        writer.beginArray()
        for cancel in cancels {
            writer.beginObject()
            writer.member("event", cancel.event)
            writer.member(optional: "if", cancel.condition)
            writer.member(optional: "timeout", cancel.timeout?.text)
            writer.endObject()
        }
        writer.endArray()
    }
}
