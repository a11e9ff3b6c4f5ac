/// The rules of PROTOCOL 2.2 that can be checked without the server, so that a mistake shows when the worker starts.
extension FunctionDefinition {
    func validate() throws(StepwellError) {
        try check(
            !id.isEmpty && id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?&=#/%\"'".utf8.contains($0) },
            "id", "is letters, digits, '-', '.' and '_', and not empty")
        try check(triggers.count <= 10, "triggers", "are at most 10, found \(triggers.count)")
        try check(Set(triggers).count == triggers.count, "triggers", "must not be repeated")
        for trigger in triggers { try validate(trigger) }
        try check((0...20).contains(options.retries ?? 4), "retries", "is 0…20, found \(options.retries ?? 4)")
        try validateConcurrency()
        try validateRates()
        try validateBatch()
        try check(options.cancelOn.count <= 5, "cancelOn", "has at most 5 entries, found \(options.cancelOn.count)")
    }

    private func check(_ holds: Bool, _ field: String, _ rule: String) throws(StepwellError) {
        guard !holds else { return }
        throw StepwellError(.configurationInvalid, "function '\(id)': \(field) \(rule)")
    }

    private func validate(_ trigger: Trigger) throws(StepwellError) {
        switch trigger.kind {
        case .event(let name, _):
            try check(
                (1...255).contains(name.utf8.count), "an event's name", "has 1…255 bytes, found \(name.utf8.count)")
            let stars = name.utf8.filter { $0 == UInt8(ascii: "*") }.count
            let isSuffix = name.hasSuffix("/*") || name.hasSuffix(".*")
            try check(
                stars == 0 || stars == 1 && isSuffix, "event '\(name)'", "may end in /* or .*, and have no other *")
        case .cron(let expression, let jitter):
            var fields = expression.split(separator: " ")
            if let zone = fields.first, zone.hasPrefix("TZ=") || zone.hasPrefix("CRON_TZ=") { fields.removeFirst() }
            try check(fields.count == 5, "cron '\(expression)'", "has five fields, found \(fields.count)")
            guard let jitter else { return }
            try check(jitter >= .seconds(1) && jitter <= .seconds(300), "jitter", "is 1 second to 5 minutes")
        }
    }

    private func validateConcurrency() throws(StepwellError) {
        guard let concurrency = options.concurrency else { return }
        let limits = concurrency.steps + concurrency.runs
        try check(
            concurrency.steps.count <= 2, "concurrency", "has at most two limits, found \(concurrency.steps.count)")
        try check(concurrency.runs.count <= 1, "concurrency", "has at most one limit of runs")
        for limit in limits {
            try check(limit.count >= 1, "concurrency", "is 1 or more, found \(limit.count)")
            let isShared = limit.scope == .environment || limit.scope == .account
            try check(!isShared || limit.key != nil, "concurrency", "with scope environment or account needs a key")
        }
    }

    private func validateRates() throws(StepwellError) {
        if let throttle = options.throttle {
            try check(throttle.limit >= 1, "throttle", "limit is 1 or more, found \(throttle.limit)")
            try check(throttle.period >= .seconds(1), "throttle", "period is 1 second or more")
            try check((throttle.burst ?? 0) >= 0, "throttle", "burst is 0 or more")
        }
        if let rate = options.rateLimit {
            try check(rate.limit >= 1, "rateLimit", "limit is 1 or more, found \(rate.limit)")
            try check(rate.period > .zero && rate.period <= .seconds(86_400), "rateLimit", "period is at most 24 hours")
        }
        if let debounce = options.debounce {
            let range = Duration.seconds(1)...Duration.seconds(7 * 86_400)
            try check(range.contains(debounce.period), "debounce", "period is 1 second to 7 days")
        }
    }

    private func validateBatch() throws(StepwellError) {
        guard let batch = options.batchEvents else { return }
        try check(batch.sizeMax >= 2, "batchEvents", "holds 2 events or more, found \(batch.sizeMax)")
        try check(batch.timeout >= .seconds(1), "batchEvents", "timeout is 1 second or more")
        let isAlone =
            options.cancelOn.isEmpty && options.debounce == nil && options.singleton == nil && options.priority == nil
        try check(isAlone, "batchEvents", "cannot be combined with cancelOn, debounce, singleton or priority")
    }
}
