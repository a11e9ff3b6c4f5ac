/// A function as an app registered it: the typed configuration and the JSON it was read from.
package struct RegisteredFunction: Sendable, Hashable {
    package let configuration: FunctionConfiguration
    /// As it was sent, unknown fields included.
    package let raw: RawJSON

    /// Reads and checks one element of the register body's `functions`.
    /// - Throws: ``ConfigurationError`` with every rule of PROTOCOL §2.2 that it breaks.
    package init(_ function: JSONSlice, position: Int = 0) throws(ConfigurationError) {
        raw = function.raw
        configuration = try FunctionConfiguration(function.value, position: position)
    }
}

extension FunctionConfiguration {
    private static let day = Milliseconds.days(1)
    private static let second = Milliseconds.seconds(1)

    init(_ value: JSONValue, position: Int) throws(ConfigurationError) {
        let id = value["id"]?.stringValue ?? ""
        var reader = ConfigurationReader(function: id.isEmpty ? "#\(position + 1)" : id)
        let step = Self.step(value, &reader)
        self.init(
            slug: reader.requiredText(value["id"], "id", "is missing; give the function an id") ?? "",
            name: reader.requiredText(value["name"], "name", "is missing; give the function a name") ?? "",
            triggers: Self.triggers(value["triggers"], &reader), url: step.url,
            retries: step.retries ?? Self.legacyRetries(value["retries"], &reader) ?? Self.retriesDefault,
            idempotency: reader.text(value["idempotency"], "idempotency"),
            priority: reader.object(value["priority"], "priority").flatMap { reader.text($0["run"], "priority.run") },
            cancels: Self.cancels(value["cancel"], &reader))
        (concurrency, runConcurrency) = Self.concurrency(value["concurrency"], &reader)
        throttle = Self.throttle(value["throttle"], &reader)
        rateLimit = Self.rateLimit(value["rateLimit"], &reader)
        debounce = Self.debounce(value["debounce"], &reader)
        batch = Self.batch(value["batchEvents"], &reader)
        singleton = Self.singleton(value["singleton"], &reader)
        if let timeouts = reader.object(value["timeouts"], "timeouts") {
            startTimeout = reader.duration(timeouts["start"], "timeouts.start", from: Milliseconds(1))
            finishTimeout = reader.duration(timeouts["finish"], "timeouts.finish", from: Milliseconds(1))
        }
        checkpoint = value["checkpoint"].flatMap { $0 == .null ? nil : $0.raw }
        checkCombinations(&reader)
        guard reader.problems.isEmpty else { throw ConfigurationError(problems: reader.problems) }
    }

    private func checkCombinations(_ reader: inout ConfigurationReader) {
        guard batch != nil else { return }
        let others = [
            (cancels.isEmpty, "cancel"), (debounce == nil, "debounce"), (singleton == nil, "singleton"),
            (priority == nil, "priority.run"),
        ]
        for (isAbsent, name) in others where !isAbsent {
            reader.refuse("batchEvents", "cannot be combined with \(name); remove one of the two", code: .combination)
        }
    }

    // MARK: - Where and how often it is called

    private static func step(_ value: JSONValue, _ reader: inout ConfigurationReader) -> (url: String, retries: Int?) {
        guard let steps = reader.object(value["steps"], "steps"), let entry = steps.members.first else {
            reader.refuse("steps", "is missing; it must have one entry with the URL of the function")
            return ("", nil)
        }
        let (name, step) = steps["step"].map { ("step", $0) } ?? (entry.name, entry.value)
        if steps.count > 1 { reader.refuse("steps", "must have one entry, found \(steps.count)") }
        let field = "steps.\(name)"
        let runtime = reader.object(step["runtime"], "\(field).runtime")
        let url = reader.requiredText(
            runtime?["url"], "\(field).runtime.url", "is missing; give the URL of the function")
        if let url, !hasKnownScheme(url) {
            reader.refuse(
                "\(field).runtime.url",
                "must begin with http://, https://, ws:// or wss:// and a host, found \"\(url)\"")
        }
        let retries = reader.object(step["retries"], "\(field).retries")
        return (url ?? "", reader.count(retries?["attempts"], "\(field).retries.attempts", from: 0, to: retriesMax))
    }

    private static func hasKnownScheme(_ url: String) -> Bool {
        ["http://", "https://", "ws://", "wss://"].contains { scheme in
            guard url.lowercased().hasPrefix(scheme), let host = url.dropFirst(scheme.count).first else { return false }
            return !"/?#:".contains(host)
        }
    }

    private static func legacyRetries(_ value: JSONValue?, _ reader: inout ConfigurationReader) -> Int? {
        if let attempts = value?["attempts"] {
            return reader.count(attempts, "retries.attempts", from: 0, to: retriesMax)
        }
        return reader.count(value, "retries", from: 0, to: retriesMax)
    }

    // MARK: - Triggers

    private static func triggers(_ value: JSONValue?, _ reader: inout ConfigurationReader) -> [Trigger] {
        let elements = reader.list(value, "triggers")
        if elements.count > triggersMax {
            reader.refuse("triggers", "has \(elements.count) entries; at most \(triggersMax) are allowed")
        }
        var triggers: [Trigger] = []
        for (index, element) in elements.prefix(triggersMax).enumerated() {
            guard let trigger = trigger(element, "triggers[\(index)]", &reader) else { continue }
            if triggers.contains(trigger) {
                reader.refuse("triggers[\(index)]", "repeats an earlier trigger; remove it")
            }
            triggers.append(trigger)
        }
        return triggers
    }

    private static func trigger(_ value: JSONValue, _ field: String, _ reader: inout ConfigurationReader) -> Trigger? {
        guard let object = reader.object(value, field) else { return nil }
        let event = reader.text(object["event"], "\(field).event")
        let cron = reader.text(object["cron"], "\(field).cron")
        switch (event, cron) {
        case (let event?, nil):
            if let problem = EventPattern.problem(with: event) {
                reader.refuse("\(field).event", "\(problem), found \"\(event)\"", code: .eventName)
            }
            return .event(event, expression: reader.text(object["expression"], "\(field).expression"))
        case (nil, let cron?):
            if let problem = CronSyntax.problem(with: cron) { reader.refuse("\(field).cron", problem, code: .schedule) }
            let jitter = reader.duration(
                object["jitter"], "\(field).jitter", from: second, to: .minutes(5), code: .schedule)
            return .cron(cron, jitter: jitter)
        default:
            reader.refuse(field, "must have either an event or a cron schedule")
            return nil
        }
    }

    // MARK: - Cancellation

    private static func cancels(_ value: JSONValue?, _ reader: inout ConfigurationReader) -> [Cancel] {
        let elements = reader.list(value, "cancel")
        if elements.count > cancelsMax {
            reader.refuse("cancel", "has \(elements.count) entries; at most \(cancelsMax) are allowed")
        }
        return elements.prefix(cancelsMax).enumerated().compactMap { index, element in
            let field = "cancel[\(index)]"
            guard let object = reader.object(element, field),
                let event = reader.requiredText(
                    object["event"], "\(field).event", "is missing; name the event that cancels")
            else { return nil }
            let timeout = reader.text(object["timeout"], "\(field).timeout").flatMap {
                cancelTimeout($0, "\(field).timeout", &reader)
            }
            return Cancel(event: event, condition: reader.text(object["if"], "\(field).if"), timeout: timeout)
        }
    }

    private static func cancelTimeout(
        _ text: String, _ field: String, _ reader: inout ConfigurationReader
    ) -> Deadline? {
        if let date = DateText.parse(text) { return .date(date) }
        return reader.duration(.string(text), field, from: .zero).map { .span($0) }
    }
}

// MARK: - Flow control

extension FunctionConfiguration {
    /// All forms on the wire: a number, one limit, a list of limits, or `fn` (whole runs) and `step` (calls) apart.
    private static func concurrency(
        _ value: JSONValue?, _ reader: inout ConfigurationReader
    ) -> (calls: [Concurrency], run: Concurrency?) {
        guard let object = value?.objectValue, object["fn"] != nil || object["step"] != nil else {
            return (limits(value, "concurrency", &reader), nil)
        }
        let runs = limits(object["fn"], "concurrency.fn", &reader)
        if runs.count > 1 { reader.refuse("concurrency.fn", "may have one entry, found \(runs.count)") }
        if let run = runs.first, run.scope != .function {
            reader.refuse("concurrency.fn", "must have the scope \"fn\", found \"\(run.scope.rawValue)\"")
        }
        return (limits(object["step"], "concurrency.step", &reader), runs.first)
    }

    private static func limits(_ value: JSONValue?, _ field: String, _ reader: inout ConfigurationReader)
        -> [Concurrency]
    {
        switch value {
        case nil, .null: return []
        case .array(let elements):
            if elements.count > concurrencyMax {
                reader.refuse(
                    field, "has \(elements.count) entries; at most \(concurrencyMax) are allowed",
                    code: .concurrencyLimit)
            }
            return elements.prefix(concurrencyMax).enumerated().compactMap { limit($1, "\(field)[\($0)]", &reader) }
        case let value?: return limit(value, field, &reader).map { [$0] } ?? []
        }
    }

    /// One limit; nil for 0, which means none.
    private static func limit(_ value: JSONValue, _ field: String, _ reader: inout ConfigurationReader) -> Concurrency?
    {
        if case .object(let object) = value {
            let limit = reader.requiredCount(object["limit"], "\(field).limit", from: 0, code: .concurrencyLimit)
            let key = reader.text(object["key"], "\(field).key")
            let scope = reader.choice(object["scope"], "\(field).scope", of: Concurrency.Scope.self) ?? .function
            if scope != .function, key == nil {
                reader.refuse("\(field).key", "is missing; the scope \"\(scope.rawValue)\" needs one")
            }
            return limit.flatMap { $0 == 0 ? nil : Concurrency(limit: $0, key: key, scope: scope) }
        }
        let limit = reader.count(value, field, from: 0, code: .concurrencyLimit)
        return limit.flatMap { $0 == 0 ? nil : Concurrency(limit: $0) }
    }

    private static func throttle(_ value: JSONValue?, _ reader: inout ConfigurationReader) -> Throttle? {
        guard let object = reader.object(value, "throttle") else { return nil }
        let limit = reader.requiredCount(object["limit"], "throttle.limit", from: 1)
        let period = reader.requiredDuration(object["period"], "throttle.period", from: second)
        let burst = reader.count(object["burst"], "throttle.burst", from: 0) ?? 0
        let key = reader.text(object["key"], "throttle.key")
        guard let limit, let period else { return nil }
        return Throttle(limit: limit, period: period, burst: burst, key: key)
    }

    private static func rateLimit(_ value: JSONValue?, _ reader: inout ConfigurationReader) -> RateLimit? {
        guard let object = reader.object(value, "rateLimit") else { return nil }
        let limit = reader.requiredCount(object["limit"], "rateLimit.limit", from: 1)
        let period = reader.requiredDuration(object["period"], "rateLimit.period", from: second, to: day)
        let key = reader.text(object["key"], "rateLimit.key")
        guard let limit, let period else { return nil }
        return RateLimit(limit: limit, period: period, key: key)
    }

    private static func debounce(_ value: JSONValue?, _ reader: inout ConfigurationReader) -> Debounce? {
        guard let object = reader.object(value, "debounce") else { return nil }
        let period = reader.requiredDuration(object["period"], "debounce.period", from: second, to: .days(7))
        let timeout = reader.duration(object["timeout"], "debounce.timeout", from: second)
        let key = reader.text(object["key"], "debounce.key")
        return period.map { Debounce(period: $0, timeout: timeout, key: key) }
    }

    private static func batch(_ value: JSONValue?, _ reader: inout ConfigurationReader) -> Batch? {
        guard let object = reader.object(value, "batchEvents") else { return nil }
        let size = reader.requiredCount(object["maxSize"], "batchEvents.maxSize", from: 2, code: .batchSize)
        let timeout = reader.requiredDuration(
            object["timeout"], "batchEvents.timeout", from: second, dialect: .go, code: .batchTimeout)
        let key = reader.text(object["key"], "batchEvents.key")
        let condition = reader.text(object["if"], "batchEvents.if")
        guard let size, let timeout else { return nil }
        return Batch(sizeMax: size, timeout: timeout, key: key, condition: condition)
    }

    private static func singleton(_ value: JSONValue?, _ reader: inout ConfigurationReader) -> Singleton? {
        guard let object = reader.object(value, "singleton") else { return nil }
        if object["mode"]?.stringValue ?? "" == "" {
            reader.refuse("singleton.mode", "is missing; say \"skip\" or \"cancel\"")
        }
        let mode = reader.choice(object["mode"], "singleton.mode", of: Singleton.Mode.self)
        let key = reader.text(object["key"], "singleton.key")
        return mode.map { Singleton(mode: $0, key: key) }
    }
}
