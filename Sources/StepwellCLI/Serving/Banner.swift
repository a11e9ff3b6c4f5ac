import StepwellModel
import StepwellServer

/// What a server says of itself when it is ready.
struct Banner: Sendable {
    var mode: ServerConfiguration.Mode
    var url: String
    var isExposed: Bool
    var dataPath: String
    var isTemporary: Bool
    /// As they may be shown.
    var eventKeys: [String]
    var signingKey: String?
    var tokenPath: String?
    /// What is done to find apps.
    var apps: String
    var warnings: [String] = []

    static let durability = "every batch is synced to the disk before it is acknowledged"

    func text(style: Style) -> String {
        let title = mode == .dev ? "development server" : "server"
        var text = "\(style.bold("stepwell \(ServerVersion.text)")) \(title)\n\n"
        for (name, value) in facts { text += "  \(style.dim(Shown.padded(name, to: 10)))  \(Shown.safe(value))\n" }
        for warning in warnings { text += "\n  \(style.paint("warning", .yellow))     \(Shown.safe(warning))\n" }
        return text + "\n"
    }

    private var facts: [(name: String, value: String)] {
        var facts = [
            (name: "address", value: url), (name: "events", value: "POST \(url)/e/KEY"),
            (name: "data", value: data), (name: "durability", value: Self.durability), (name: "access", value: access),
        ]
        if let tokenPath { facts.append((name: "token", value: "in \(tokenPath)")) }
        facts.append((name: "apps", value: apps))
        return facts
    }

    private var data: String {
        isTemporary ? "\(dataPath) (temporary, removed at the end; --data FILE keeps it)" : dataPath
    }

    private var access: String {
        guard mode == .start else {
            return isExposed
                ? "events from every machine that reaches this one, without a key; the API for this machine only"
                : "this machine only; no keys needed"
        }
        let keys = eventKeys.count == 1 ? "event key" : "event keys"
        return "\(keys) \(eventKeys.joined(separator: ", ")); signing key \(signingKey ?? ""); a token for the API"
    }

    var json: RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("mode", mode.rawValue)
        writer.member("version", ServerVersion.text)
        writer.member("url", url)
        writer.member("data", dataPath)
        writer.member("temporary", isTemporary)
        writer.member("durability", "full")
        writer.member(optional: "token_file", tokenPath)
        writer.key("warnings")
        writer.beginArray()
        for warning in warnings { writer.string(warning) }
        writer.endArray()
        writer.endObject()
        return writer.json
    }
}
