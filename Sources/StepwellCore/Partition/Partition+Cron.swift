import StepwellModel

/// What a schedule's state is found by: a function may have several.
struct CronKey: Hashable {
    var functionKey: FunctionKey
    var expression: String
}

/// Schedules: each tick starts one run, by an event of its own, also across restarts and registrations.
extension Partition {
    /// Ticks that are this much too late were missed: no server ran, or the clock was set.
    private static let lateness = Milliseconds.minutes(1)

    private func trigger(_ key: CronKey) -> ScheduleTrigger? {
        guard let function = configuration.functions[key.functionKey], !function.isArchived else { return nil }
        return function.blueprint.schedules.first { $0.expression == key.expression }
    }

    /// Takes up the schedules that are declared now. One that was not declared before looks from now on: it has missed
    /// nothing. What is known of the others stays, so that no tick fires twice when one is declared again.
    ///
    /// - Parameter isStart: The schedules of the last process go on where it left them.
    func renewCrons(isStart: Bool = false) {
        var declared: Set<CronKey> = []
        // Jitter and zones may be new: every schedule gets its timer anew.
        cronTimers = TimerQueue()
        for function in configuration.functions.values.sorted(by: { $0.key < $1.key }) where !function.isArchived {
            for schedule in function.blueprint.schedules {
                let key = CronKey(functionKey: function.key, expression: schedule.expression)
                declared.insert(key)
                if let last = crons[key], isStart || declaredCrons.contains(key) {
                    setTimer(key, lastTick: last)
                } else {
                    keep(key, lastTick: max(crons[key] ?? now.wall, now.wall))
                }
            }
        }
        declaredCrons = declared
    }

    private func keep(_ key: CronKey, lastTick: Timestamp) {
        crons[key] = lastTick
        writes.append(.putCron(CronRow(functionKey: key.functionKey, expression: key.expression, lastTick: lastTick)))
        setTimer(key, lastTick: lastTick)
    }

    private func setTimer(_ key: CronKey, lastTick: Timestamp) {
        guard let trigger = trigger(key), let tick = trigger.tick(after: lastTick) else { return }
        cronTimers.insert(key, due: trigger.due(of: tick, function: key.functionKey))
    }

    /// Fires what is due, at most `count`; returns how many entries it has looked at.
    func fireCrons(atMost count: Int) -> Int {
        var looked = 0
        while looked < count, hasRoomInBatch(for: .schedules), let entry = cronTimers.popDue(at: now.wall) {
            looked += 1
            fired[.schedules, default: 0] += 1
            let key = entry.subject
            // An entry is stale when its schedule has gone, or goes by another time now.
            guard let last = crons[key], let trigger = trigger(key), let tick = trigger.tick(after: last),
                trigger.due(of: tick, function: key.functionKey) == entry.due
            else { continue }
            guard let chosen = choose(tick, of: trigger, key) else {
                keep(key, lastTick: latestMissed(trigger))
                continue
            }
            keep(key, lastTick: chosen)
            fire(trigger, key, tick: chosen)
        }
        return looked
    }

    /// The tick that fires now: the next one, unless it was missed and another one, or none, stands for what was missed.
    private func choose(_ tick: Timestamp, of trigger: ScheduleTrigger, _ key: CronKey) -> Timestamp? {
        let latest = latestMissed(trigger)
        guard tick < latest else { return tick }
        switch settings.missedTicks {
        case .skip: return nil
        case .one: return trigger.lastTick(notAfter: latest, after: tick) ?? tick
        case .all(let window):
            let first = trigger.tick(after: max(tick - .seconds(1), now.wall - window)) ?? tick
            return first <= now.wall ? first : nil
        }
    }

    /// Ticks before this were missed, whatever their jitter.
    private func latestMissed(_ trigger: ScheduleTrigger) -> Timestamp {
        now.wall - (trigger.jitter ?? .zero) - Self.lateness
    }

    private func fire(_ trigger: ScheduleTrigger, _ key: CronKey, tick: Timestamp) {
        guard let function = configuration.functions[key.functionKey] else { return }
        let due = trigger.due(of: tick, function: key.functionKey)
        let data = InternalEvent.scheduled(trigger.expression, at: tick, firesAt: due)
        let ownID = freshID()
        let payload = InternalEvent.payload(
            name: InternalEvent.timer, id: DateText.formatSeconds(tick), data: data, user: .emptyObject, version: nil,
            sessions: nil, at: due)
        let view = EventView(name: InternalEvent.timer, payload: payload)
        ingest(
            IncomingEvent(
                id: ownID, name: InternalEvent.timer, senderDigest: nil, timestamp: now.wall, payload: payload,
                starts: [function.start(for: view, now: now.wall)]),
            view: view)
    }
}
