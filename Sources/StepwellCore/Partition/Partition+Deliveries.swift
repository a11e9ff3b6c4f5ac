import StepwellModel

/// An event on its way to the waits that it ends, of which there are too many for one turn.
struct Delivery {
    var event: EventRow
    var view: EventView
    /// Where its look is parked; nil for one that has not begun, since an earlier event of its name goes first.
    var look: Int?
}

/// The events of one name on their way to the waits that they end, in order.
struct NameDeliveries {
    /// The first of them.
    var queue = Queue<Delivery>()
    /// Those that follow, of which only the store knows more; nil for none.
    var rest: Rest?

    struct Rest {
        /// All up to this event are in memory, or have arrived.
        var after: EventKey
        /// The last of them.
        var last: EventKey
        /// No more of them can be read before this batch is durable.
        var batch: Int64
        /// What is being read has seen all up to this batch, whatever has become durable since; nil while nothing is read.
        var seenBatch: Int64?
    }
}

/// Bringing events to the waits that they end, and other work that is cut into slices.
///
/// An event that ends few waits ends them at once. For any other, what is left is durable as one row and is worked off in
/// slices between other inputs. Of each name only the first few events are in memory, and those that follow are read when their
/// turn comes. What comes to the same thing is promised all the same: the event ends each wait that was
/// registered before it, before any later event or the wait's own timeout does.
extension Partition {
    func deliver(_ event: EventRow, _ view: EventView) {
        var look = waits.look(for: view)
        guard !look.isDone else { return }
        if deliveries[event.name] == nil {
            var budget = settings.looksPerTurnMax
            let matches = waits.matches(view, event.key, now: now.wall, &look, budget: &budget)
            if !look.isDone { begin(Delivery(event: event, view: view, look: waits.park(look))) }
            end(matches, with: event)
        } else {
            begin(Delivery(event: event, view: view, look: nil))
        }
    }

    private func begin(_ delivery: Delivery) {
        let event = delivery.event
        writes.append(.insertDelivery(event.key, name: event.name))
        let before = deliveries[event.name]
        if before?.rest != nil {
            deliveries[event.name]?.rest?.last = event.key
        } else if let before, before.queue.count >= settings.deliveriesInMemoryMax {
            leave(
                .init(after: EventKey(event.key.value - 1), last: event.key, batch: sequence), named: event.name)
        } else {
            append(delivery)
        }
    }

    private func append(_ delivery: Delivery) {
        let name = delivery.event.name
        if deliveries[name]?.queue.isEmpty ?? true { deliveryNames.append(name) }
        deliveries[name, default: NameDeliveries()].queue.append(delivery)
    }

    // MARK: - In the store

    /// Events stay in the store until it is their turn.
    func leave(_ rest: NameDeliveries.Rest, named name: String) {
        deliveries[name, default: NameDeliveries()].rest = rest
        namesWithRest.insert(name)
    }

    /// Reads what comes next of each name of which little is left in memory.
    func readDeliveries() {
        guard !namesWithRest.isEmpty else { return }
        for name in namesWithRest.sorted() {
            guard loads.count < settings.loadsMax else { return }
            guard let entry = deliveries[name], let rest = entry.rest, rest.seenBatch == nil,
                rest.batch <= committedSequence, entry.queue.count * 2 <= settings.deliveriesInMemoryMax
            else { continue }
            deliveries[name]?.rest?.seenBatch = committedSequence
            load(
                .deliveries(
                    DeliveriesRequest(name: name, after: rest.after, limit: settings.deliveriesInMemoryMax)),
                for: .deliveries(name))
        }
    }

    func receive(_ events: [EventRow], isComplete: Bool, named name: String) {
        guard var rest = deliveries[name]?.rest else { return }
        for event in events {
            append(Delivery(event: event, view: EventView(name: name, payload: event.payload), look: nil))
        }
        rest.after = events.last?.key ?? rest.after
        // There are more, which the read was too early for.
        if isComplete, let seen = rest.seenBatch { rest.batch = seen + 1 }
        rest.seenBatch = nil
        deliveries[name]?.rest = rest.after < rest.last ? rest : nil
        if rest.after >= rest.last { namesWithRest.remove(name) }
    }

    /// By key, so that the order does not depend on how the index is built.
    private func end(_ matches: [JobReference], with event: EventRow) {
        for job in matches.sorted(by: { jobs[$0.slot].key < jobs[$1.slot].key }) { endWaitIfThere(of: job, event) }
    }

    /// An earlier match may have ended the run that this job was of.
    func endWaitIfThere(of job: JobReference, _ event: EventRow) {
        if find(job)?.state == .timed { endWait(of: job, with: event) }
    }

    /// Whether so many events are on their way to a wait that it is not worth looking at each.
    func isBehindDeliveries(_ job: Job) -> Bool {
        guard !deliveries.isEmpty, job.wait >= 0 else { return false }
        return deliveries[waits.eventName(of: job.wait)]?.rest != nil
    }

    /// The event that is on its way to a wait whose time has come first.
    func delivery(endingWaitOf job: Job) -> Delivery? {
        guard !deliveries.isEmpty, job.wait >= 0 else { return nil }
        var found: Delivery?
        deliveries[waits.eventName(of: job.wait)]?.queue.forEach(while: { delivery in
            if waits.doesEnd(job.wait, delivery.view, delivery.event.key, now: now.wall) { found = delivery }
            return found == nil
        })
        return found
    }

    // MARK: - Slices

    /// Whether a tick would bring on work that was put off.
    var hasSlices: Bool { canDeliver || (!arriving.isEmpty && hasRoomInBatch) }

    private var canDeliver: Bool {
        !deliveryNames.isEmpty && hasRoomInBatch && wakingEvents.count < settings.loadsMax
    }

    /// A slice of each kind of work that was put off.
    func workOffSlice() {
        if canDeliver { deliverSlice() }
        guard hasRoomInBatch, let request = arriving.first else { return }
        if takeIn(request, atMost: settings.eventsPerTurnMax) { arriving.popFirst() }
    }

    /// Names take turns.
    private func deliverSlice() {
        guard let name = deliveryNames.popFirst(), let delivery = deliveries[name]?.queue.first else { return }
        var look = delivery.look.map { waits.unpark($0) } ?? waits.look(for: delivery.view)
        var budget = settings.looksPerTurnMax
        let matches = waits.matches(delivery.view, delivery.event.key, now: now.wall, &look, budget: &budget)
        deliveries[name]?.queue.popFirst()
        if look.isDone {
            writes.append(.deleteDelivery(delivery.event.key))
        } else {
            var rest = delivery
            rest.look = waits.park(look)
            deliveries[name]?.queue.prepend(rest)
        }
        if deliveries[name]?.queue.isEmpty == false {
            deliveryNames.append(name)
        } else if deliveries[name]?.rest == nil {
            deliveries[name] = nil
        }
        end(matches, with: delivery.event)
    }
}
