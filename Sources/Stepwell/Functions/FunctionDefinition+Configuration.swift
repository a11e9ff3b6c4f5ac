import StepwellModel

/// A function as it is registered: PROTOCOL 2.2.
extension FunctionDefinition {
    static let failureSuffix = "-failure"

    /// The configurations of the function and, if it has one, of its failure function.
    ///
    /// - Parameter url: where the app is called, without a query.
    func configurations(app: String, url: String) -> [FunctionConfiguration] {
        let slug = "\(app)-\(id)"
        let own = configuration(slug: slug, url: url)
        guard failure != nil else { return [own] }
        let failed = FunctionConfiguration.Trigger.event(
            "inngest/function.failed", expression: "event.data.function_id == '\(slug)'")
        let failureSlug = slug + Self.failureSuffix
        return [
            own,
            FunctionConfiguration(
                slug: failureSlug, name: "\(own.name) (failure)", triggers: [failed],
                url: Self.callURL(url, failureSlug), retries: 1),
        ]
    }

    private static func callURL(_ url: String, _ slug: String) -> String { "\(url)?fnId=\(slug)&stepId=step" }

    private func configuration(slug: String, url: String) -> FunctionConfiguration {
        FunctionConfiguration(
            slug: slug, name: options.name ?? id, triggers: triggers.map { $0.configuration(of: slug) },
            url: Self.callURL(url, slug),
            retries: options.retries ?? FunctionConfiguration.retriesDefault,
            concurrency: options.concurrency?.steps.map(\.configuration) ?? [],
            runConcurrency: options.concurrency?.runs.first?.configuration, throttle: options.throttle?.configuration,
            rateLimit: options.rateLimit?.configuration, idempotency: options.idempotency,
            debounce: options.debounce?.configuration, batch: options.batchEvents?.configuration,
            priority: options.priority?.expression, singleton: options.singleton?.configuration,
            cancels: options.cancelOn.map(\.configuration),
            startTimeout: options.timeouts?.start.map { Milliseconds($0) },
            finishTimeout: options.timeouts?.finish.map { Milliseconds($0) })
    }

    /// Whether `text` can be the id of a function or app: it becomes part of URLs, hashes and expressions.
    static func isID(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?&=#/%\"'+\\".utf8.contains($0) }
    }

    /// Checks the function by the server's own rules, so that a mistake shows when the worker starts.
    func validate() throws(StepwellError) {
        guard Self.isID(id) else {
            throw StepwellError(
                .configurationInvalid,
                "function '\(id)': an id is made of letters, digits, '-', '.' and '_', at least one")
        }
        // What the server would take, but not as it is meant: no limit at all, or the first of several.
        let (steps, runs) = (options.concurrency?.steps ?? [], options.concurrency?.runs ?? [])
        guard runs.count <= 1, (steps + runs).allSatisfy({ $0.count >= 1 }) else {
            throw StepwellError(
                .configurationInvalid, "function '\(id)': concurrency is 1 or more, and has at most one limit of runs")
        }
        let configuration = configuration(slug: id, url: "http://localhost")
        do throws(ConfigurationError) {
            _ = try RegisteredFunction(configuration.json.slice)
        } catch {
            throw StepwellError(.configurationInvalid, "\(error)")
        }
    }
}

extension Trigger {
    fileprivate func configuration(of slug: String) -> FunctionConfiguration.Trigger {
        switch kind {
        case .deferred:
            .event("inngest/deferred.schedule", expression: "event.data._inngest.fn_slug == '\(slug)'")
        case .event(let name, let expression): .event(name, expression: expression)
        case .cron(let expression, let jitter): .cron(expression, jitter: jitter.map { Milliseconds($0) })
        }
    }
}

extension Concurrency.Limit {
    fileprivate var configuration: FunctionConfiguration.Concurrency {
        let scope: FunctionConfiguration.Concurrency.Scope =
            switch scope {
            case nil, .function?: .function
            case .environment?: .environment
            case .account?: .account
            }
        return .init(limit: count, key: key, scope: scope)
    }
}

extension Throttle {
    fileprivate var configuration: FunctionConfiguration.Throttle {
        .init(limit: limit, period: Milliseconds(period), burst: burst ?? 0, key: key)
    }
}

extension RateLimit {
    fileprivate var configuration: FunctionConfiguration.RateLimit {
        .init(limit: limit, period: Milliseconds(period), key: key)
    }
}

extension Debounce {
    fileprivate var configuration: FunctionConfiguration.Debounce {
        .init(period: Milliseconds(period), timeout: timeout.map { Milliseconds($0) }, key: key)
    }
}

extension BatchEvents {
    fileprivate var configuration: FunctionConfiguration.Batch {
        .init(sizeMax: sizeMax, timeout: Milliseconds(timeout), key: key, condition: expression)
    }
}

extension Singleton {
    fileprivate var configuration: FunctionConfiguration.Singleton {
        switch mode {
        case .skip: .init(mode: .skip, key: key)
        case .cancel: .init(mode: .cancel, key: key)
        }
    }
}

extension CancelOn {
    fileprivate var configuration: FunctionConfiguration.Cancel {
        .init(event: event, condition: expression, timeout: timeout.map { .span(Milliseconds($0)) })
    }
}
