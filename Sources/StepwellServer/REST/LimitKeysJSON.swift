import StepwellCore
import StepwellModel

/// What a run's limits go by, so that people see which runs share a limit, and which key's expression has failed.
enum LimitKeysJSON {
    static func write(_ keys: LimitKeys, to writer: inout JSONWriter) {
        writer.beginArray()
        for (place, value) in keys.concurrency.enumerated() { write("concurrency[\(place)].key", value, to: &writer) }
        write("concurrency.fn.key", keys.run, to: &writer)
        write("throttle.key", keys.throttle, to: &writer)
        // A singleton without a key has the empty text.
        write("singleton.key", keys.singleton.flatMap { $0.isEmpty ? nil : $0 }, to: &writer)
        writer.endArray()
    }

    private static func write(_ option: String, _ value: String?, to writer: inout JSONWriter) {
        guard let value else { return }
        writer.beginObject()
        writer.member("option", option)
        writer.member("value", value)
        writer.key("has_failed")
        writer.bool(value == LimitKeys.invalid)
        writer.endObject()
    }
}
