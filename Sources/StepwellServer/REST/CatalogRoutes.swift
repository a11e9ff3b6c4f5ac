import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellStore

/// Apps, functions, and the server itself, as the operator sees them.
extension RESTRoutes {
    /// `GET /api/functions`
    @Sendable func functions(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let query = try exchange.query(allowing: ["app", "archived"])
        let catalog = try Catalog(reader)
        let app = try query.text("app")
        let isArchived = try query.flag("archived")
        let functions = catalog.functions.filter { function in
            (app == nil || catalog.appName(of: function) == app)
                && (isArchived == nil || (function.archivedAt != nil) == isArchived)
        }
        return CatalogJSON.list(functions) { CatalogJSON.write($0, of: catalog, to: &$1) }
    }

    /// `GET /api/functions/{slug}`
    @Sendable func function(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        _ = try exchange.query(allowing: [])
        let catalog = try Catalog(reader)
        return CatalogJSON.function(try catalog.function(named: exchange.parameters["slug"]), of: catalog)
    }

    /// `GET /api/apps`
    @Sendable func apps(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        let query = try exchange.query(allowing: ["removed"])
        let isRemoved = try query.flag("removed")
        let catalog = try Catalog(reader)
        let apps = catalog.apps.filter { isRemoved == nil || ($0.removedAt != nil) == isRemoved }
        return CatalogJSON.list(apps) { CatalogJSON.write($0, of: catalog, to: &$1) }
    }

    /// `GET /api/apps/{name}`
    @Sendable func app(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        _ = try exchange.query(allowing: [])
        let catalog = try Catalog(reader)
        let name = exchange.parameters["name"]
        guard let app = catalog.apps.last(where: { $0.name == name }) else {
            throw .missing(.appUnknown, "There is no app \"\(name)\". GET /api/apps lists all.")
        }
        var writer = JSONWriter()
        CatalogJSON.write(app, of: catalog, to: &writer)
        return writer.json
    }

    /// `GET /api/server`
    @Sendable func serverInfo(_ exchange: Exchange, _ reader: any StoreReader) throws(Failure) -> RawJSON {
        _ = try exchange.query(allowing: [])
        let facts = try Failure.reading { () throws(StoreError) in try reader.facts() }
        let counts = try Failure.reading { () throws(StoreError) in try reader.runCounts() }
        return ServerJSON.info(
            configuration: context.configuration, startedAt: startedAt, status: context.engine.status, facts: facts,
            counts: counts)
    }
}

/// All apps and functions, with how many runs each has.
struct Catalog {
    let apps: [AppRow]
    let functions: [FunctionRow]
    private let appNames: [AppKey: String]
    private let counts: [FunctionKey: [RunCount]]
    private let states: [FunctionKey: FunctionStateRow]

    init(_ reader: any StoreReader) throws(Failure) {
        apps = try Failure.reading { () throws(StoreError) in try reader.apps() }
        functions = try Failure.reading { () throws(StoreError) in try reader.functions() }
        let counts = try Failure.reading { () throws(StoreError) in try reader.runCounts() }
        let states = try Failure.reading { () throws(StoreError) in try reader.functionStates() }
        appNames = Dictionary(apps.map { ($0.key, $0.name) }) { $1 }
        self.counts = Dictionary(grouping: counts, by: \.functionKey)
        self.states = Dictionary(states.map { ($0.functionKey, $0) }) { $1 }
    }

    /// The function with this slug, or with this UUID as text.
    func function(named name: String) throws(Failure) -> FunctionRow {
        if let function = functions.last(where: { $0.slug == name || $0.id.description == name }) { return function }
        throw .missing(.functionUnknown, "There is no function \"\(name)\". GET /api/functions lists all.")
    }

    func appName(of function: FunctionRow) -> String? { appNames[function.appKey] }

    func functions(of app: AppRow) -> [FunctionRow] { functions.filter { $0.appKey == app.key } }

    /// Nil where no operator has ever decided anything.
    func state(of function: FunctionRow) -> FunctionStateRow? { states[function.key] }

    func counts(of function: FunctionRow) -> [RunCount] { counts[function.key] ?? [] }
}

/// Apps and functions as the operator's API writes them.
enum CatalogJSON {
    static func list<Row>(_ rows: [Row], _ write: (Row, inout JSONWriter) -> Void) -> RawJSON {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.key("data")
        writer.beginArray()
        for row in rows { write(row, &writer) }
        writer.endArray()
        writer.endObject()
        return writer.json
    }

    static func function(_ function: FunctionRow, of catalog: Catalog) -> RawJSON {
        var writer = JSONWriter()
        write(function, of: catalog, to: &writer)
        return writer.json
    }

    static func write(_ function: FunctionRow, of catalog: Catalog, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("slug", function.slug)
        writer.member("id", function.id.description)
        writer.member(nullable: "app", catalog.appName(of: function))
        writer.member("name", function.configuration["name"]?.string ?? function.slug)
        writer.member("version", function.version)
        writer.member("triggers", function.configuration["triggers"]?.raw ?? RawJSON("[]"))
        writer.key("schedules")
        ScheduleJSON.write(of: function, at: SystemClock.wall(), to: &writer)
        writer.member("created_at", DateText.format(function.createdAt))
        writer.member(nullable: "archived_at", function.archivedAt.map(DateText.format))
        let state = catalog.state(of: function)
        writer.member("state", (state?.state ?? .active).text)
        writer.member(nullable: "state_since", (state?.since).map(DateText.format))
        writer.key("runs")
        ServerJSON.write(catalog.counts(of: function), to: &writer)
        writer.member("configuration", function.configuration)
        writer.endObject()
    }

    static func write(_ app: AppRow, of catalog: Catalog, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", app.name)
        writer.member("id", app.id.description)
        writer.member("url", app.url)
        writer.member("sdk", app.sdk)
        writer.member(nullable: "framework", app.framework)
        writer.member(nullable: "version", app.version)
        writer.member("synced_at", DateText.format(app.syncedAt))
        writer.member(nullable: "error", app.error)
        writer.member(nullable: "removed_at", app.removedAt.map(DateText.format))
        writer.key("functions")
        writer.beginArray()
        for function in catalog.functions(of: app) where function.archivedAt == nil { writer.string(function.slug) }
        writer.endArray()
        writer.endObject()
    }

    static func cancelled(_ run: ULID) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", run.description)
        writer.member("status", RunStatus.cancelled.text)
        writer.endObject()
        return writer.json
    }
}

/// The server itself, as the operator's API writes it.
enum ServerJSON {
    static func info(
        configuration: ServerConfiguration, startedAt: Timestamp, status: EngineStatus, facts: StoreFacts,
        counts: [RunCount]
    ) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("version", ServerVersion.text)
        writer.member("mode", configuration.mode.rawValue)
        writer.member("started_at", DateText.format(startedAt))
        writer.member("durability", "full")
        writer.member("missed_ticks", configuration.missedTicks.text)
        writer.key("store")
        writer.beginObject()
        writer.member("schema_version", facts.schemaVersion)
        writer.member("epoch", facts.epoch)
        writer.member("batch_sequence", facts.batchSequence)
        writer.member("file_bytes", facts.fileBytes)
        writer.member("log_bytes", facts.logBytes)
        writer.member("free_bytes", facts.freeBytes)
        writer.member(nullable: "trouble", status.storeTrouble)
        writer.endObject()
        writer.member("events", facts.events)
        writer.member("runs_unfinished", status.unfinishedRuns)
        writer.member("calls_in_flight", status.liveDispatches)
        writer.key("runs")
        write(counts, to: &writer)
        writer.endObject()
        return writer.json
    }

    /// How many runs there are in each status, zeros included.
    static func write(_ counts: [RunCount], to writer: inout JSONWriter) {
        writer.beginObject()
        for status in RunStatus.allCases {
            writer.key(status.text)
            writer.integer(counts.reduce(0) { $1.status == status ? $0 + $1.runs : $0 })
        }
        writer.endObject()
    }
}
