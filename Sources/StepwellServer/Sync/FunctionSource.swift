import StepwellModel
import StepwellWire

/// A function's configuration as it is kept: what the app sent, with its URL in the form in which URLs are compared
/// (PROTOCOL §2.1). What is in force after a restart, which knows only what is kept, is then what was in force before.
enum FunctionSource {
    /// Where the URL is; nil stands for whatever name the one step has.
    private static let place: [String?] = ["steps", nil, "runtime", "url"]

    static func normalized(_ function: RegisteredFunction) throws(ConfigurationError) -> RegisteredFunction {
        let url = function.configuration.url
        guard let normal = AppURL.normalized(url), normal != url else { return function }
        var writer = JSONWriter(capacity: function.raw.count + 16)
        write(function.raw.slice, replacing: place[...], by: normal, to: &writer)
        return try RegisteredFunction(writer.json.slice)
    }

    private static func write(
        _ value: JSONSlice, replacing place: ArraySlice<String?>, by text: String, to writer: inout JSONWriter
    ) {
        guard let wanted = place.first else { return writer.string(text) }
        guard value.kind == .object else { return writer.raw(value) }
        writer.beginObject()
        value.forEachMember { name, member in
            writer.key(name)
            let isOnTheWay = wanted.map { name == $0 } ?? true
            isOnTheWay ? write(member, replacing: place.dropFirst(), by: text, to: &writer) : writer.raw(member)
        }
        writer.endObject()
    }
}
