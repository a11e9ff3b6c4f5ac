import StepwellModel

/// Apps and functions: what registers, changes and goes.
extension Partition {
    /// Puts a registration in force: new functions get keys, changed ones a new version, missing ones are archived.
    func register(_ registration: Registration, _ token: ReplyToken) {
        let known = configuration.app(named: registration.name)
        if let known { tryNow(known.key) }
        if let known, known.checksum == registration.checksum, known.url == registration.url, known.error == nil,
            known.removedAt == nil
        {
            reply(token, .registered(isModified: false))
            return
        }
        let app = AppRow(
            key: known?.key ?? freshAppKey(), name: registration.name, id: known?.id ?? registration.id,
            url: registration.url, sdk: registration.sdk, framework: registration.framework,
            version: registration.version, checksum: registration.checksum, syncedAt: now.wall, error: nil,
            removedAt: nil)
        writes.append(.putApp(app))
        var functions = configuration.functions
        // An app has each slug once, archived or not.
        let own = functions.values.filter { $0.appKey == app.key }
        let bySlug = Dictionary(own.map { ($0.slug, $0) }) { first, _ in first }
        for blueprint in registration.functions {
            let plan = plan(for: blueprint, of: app.key, known: bySlug[blueprint.slug])
            functions[plan.key] = plan
        }
        let kept = Set(registration.functions.map(\.slug))
        archive(&functions, of: app.key, except: kept)
        replaceConfiguration(apps: configuration.apps.merging([app.key: app]) { $1 }, functions: functions)
        reply(token, .registered(isModified: true))
    }

    private func freshAppKey() -> AppKey {
        marks.app += 1
        return AppKey(marks.app)
    }

    /// A function keeps its key and id from registration to registration, whatever its URL.
    private func plan(for blueprint: FunctionBlueprint, of appKey: AppKey, known: FunctionPlan?) -> FunctionPlan {
        if let known, !known.isArchived, known.blueprint.source == blueprint.source,
            known.blueprint.url == blueprint.url
        {
            return known
        }
        var blueprint = blueprint
        if let known { blueprint.id = known.blueprint.id }
        let key: FunctionKey
        if let known {
            key = known.key
        } else {
            marks.function += 1
            key = FunctionKey(marks.function)
        }
        // A function that only moved is the same version of itself.
        let isSame = known.map { !$0.isArchived && $0.blueprint.declares(the: blueprint) } ?? false
        let plan = FunctionPlan(
            key: key, appKey: appKey, version: (known?.version ?? 0) + (isSame ? 0 : 1), isArchived: false,
            blueprint: blueprint)
        write(plan, archivedAt: nil)
        return plan
    }

    private func archive(_ functions: inout [FunctionKey: FunctionPlan], of app: AppKey, except kept: Set<String>) {
        for function in functions.values.sorted(by: { $0.key < $1.key })
        where function.appKey == app && !kept.contains(function.slug) {
            functions[function.key] = archived(function)
        }
    }

    private func archived(_ function: FunctionPlan) -> FunctionPlan {
        guard !function.isArchived else { return function }
        let plan = FunctionPlan(
            key: function.key, appKey: function.appKey, version: function.version, isArchived: true,
            blueprint: function.blueprint)
        write(plan, archivedAt: now.wall)
        return plan
    }

    private func write(_ plan: FunctionPlan, archivedAt: Timestamp?) {
        writes.append(
            .putFunction(
                FunctionRow(
                    key: plan.key, appKey: plan.appKey, id: plan.blueprint.id, slug: plan.slug, version: plan.version,
                    configuration: plan.blueprint.source, createdAt: now.wall, archivedAt: archivedAt)))
    }

    /// From now on events are matched against this, and what is queued goes by it.
    private func replaceConfiguration(apps: [AppKey: AppRow], functions: [FunctionKey: FunctionPlan]) {
        let before = configuration.functions
        let hasNewRules = functions.contains { before[$0.key] !== $0.value }
        configuration = Configuration(version: configuration.version + 1, apps: apps, functions: functions)
        effects.append(.configure(configuration))
        guard hasNewRules else { return }
        let changed = Set(functions.values.filter { !(before[$0.key]?.isSameVersion(as: $0) ?? false) }.map(\.key))
        renewCrons()
        takeMissingRunSlots()
        renewThrottles()
        renewKeys(of: changed.filter { hasNewKeys($0, before) })
        renewSlots(of: changed)
        requeue(changed: changed)
    }

    private func hasNewKeys(_ function: FunctionKey, _ before: [FunctionKey: FunctionPlan]) -> Bool {
        guard let old = before[function], let new = configuration.functions[function] else { return false }
        return old.flow.limitKeySources != new.flow.limitKeySources
    }

    /// Closes each throttle for as long as its function's rate says now.
    private func renewThrottles() {
        for gate in gates.values {
            guard case .throttle(let function, _) = gate.key,
                let rule = configuration.functions[function]?.flow.throttle
            else { continue }
            gate.closedUntil = nil
            closeIfUsedUp(gate, rule.rate)
        }
    }

    func removeApp(url: String, _ token: ReplyToken) {
        guard var app = configuration.apps.values.first(where: { $0.url == url && $0.removedAt == nil }) else {
            reply(token, .refused(.unknownApp(url)))
            return
        }
        app.removedAt = now.wall
        writes.append(.putApp(app))
        var functions = configuration.functions
        archive(&functions, of: app.key, except: [])
        replaceConfiguration(apps: configuration.apps.merging([app.key: app]) { $1 }, functions: functions)
        reply(token, .removed)
    }

    /// Keeps the reason for people to see until the next registration succeeds.
    func noteFailure(ofAppAt url: String, error: String) {
        guard var app = configuration.apps.values.first(where: { $0.url == url && $0.removedAt == nil }),
            app.error != error
        else { return }
        app.error = error
        writes.append(.putApp(app))
        replaceConfiguration(
            apps: configuration.apps.merging([app.key: app]) { $1 }, functions: configuration.functions)
    }
}

extension FunctionPlan {
    /// Whether nothing of what the function declares has changed.
    fileprivate func isSameVersion(as other: FunctionPlan) -> Bool {
        version == other.version && isArchived == other.isArchived
    }
}
