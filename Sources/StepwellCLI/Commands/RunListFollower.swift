import StepwellModel

/// Shows the runs of a list as they change.
struct RunListFollower {
    let client: APIClient
    let query: [(name: String, value: String)]
    let terminal: any Terminal
    let isJSON: Bool
    /// The status in which each run was shown last.
    private var shown: [String: String] = [:]

    init(client: APIClient, query: [(name: String, value: String)], terminal: any Terminal, isJSON: Bool) {
        self.client = client
        self.query = query
        self.terminal = terminal
        self.isJSON = isJSON
    }

    /// Goes on until the process is ended, or the server is gone for good.
    mutating func follow(showing limit: Int) throws(CommandFailure) -> Never {
        var lines = LiveLines(terminal)
        var watch = Watch(client: client, path: "/api/runs", query: query)
        var isFirst = true
        while true {
            let json = try watch.next { reason in lines.update(adding: [], live: [terminal.style.dim(reason)]) }
            let page = try RunView.page(json)
            let changed = page.reversed().filter { shown[$0.id] != $0.status }
            let news = isFirst ? Array(changed.suffix(limit)) : changed
            isFirst = false
            // What has left the page is not looked at again.
            shown = Dictionary(page.map { ($0.id, $0.status) }) { $1 }
            lines.update(adding: try text(of: news, in: json), live: [summary(of: page)])
        }
    }

    private func text(of runs: [RunView], in json: RawJSON) throws(CommandFailure) -> [String] {
        guard isJSON else { return runs.map { RunText.change($0, style: terminal.style) } }
        let wanted = Set(runs.map(\.id))
        let elements = json["data"]?.elements ?? []
        return elements.reversed().filter { wanted.contains($0["id"]?.string ?? "") }.map(\.text)
    }

    private func summary(of page: [RunView]) -> String {
        let queued = page.count { $0.status == "queued" }
        let running = page.count { $0.status == "running" }
        return terminal.style.dim("\(running) running, \(queued) queued of the newest \(page.count); Ctrl-C ends this")
    }
}
