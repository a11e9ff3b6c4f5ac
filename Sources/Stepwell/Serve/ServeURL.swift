/// Where the server reaches an app, in two parts.
struct ServeURL: Sendable, Hashable {
    /// Scheme, host and port.
    let origin: String
    /// From the first slash behind them.
    let path: String

    init(_ url: String) {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty else {
            (origin, path) = (url, "/")
            return
        }
        origin = parts[..<3].joined(separator: "/")
        path = parts.count > 3 ? "/" + parts[3] : "/"
    }
}
