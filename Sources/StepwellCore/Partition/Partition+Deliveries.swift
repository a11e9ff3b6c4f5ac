import StepwellModel

/// An event on its way to the waits that it ends, of which there are too many for one turn.
struct Delivery {
    var event: EventRow
    var view: EventView
    /// Where its look is parked; nil for one that has not begun, since an earlier event of its name goes first.
    var look: Int?
}

/// Bringing events to the waits that they end, and other work that is cut into slices.
///
/// An event that ends few waits ends them at once. For any other, what is left is durable as one row and is worked off in
/// slices between other inputs; what comes to the same thing is promised all the same: the event ends each wait that was
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
        writes.append(.insertDelivery(delivery.event.key))
        append(delivery)
    }

    private func append(_ delivery: Delivery) {
        let name = delivery.event.name
        if deliveries[name] == nil { deliveryNames.append(name) }
        deliveries[name, default: Queue()].append(delivery)
    }

    /// Goes on where the process before has stopped; the waits that it has ended are no longer there.
    func resumeDelivery(of event: EventRow) {
        let view = EventView(name: event.name, payload: event.payload)
        append(Delivery(event: event, view: view, look: nil))
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
        guard !deliveryNames.isEmpty, job.wait >= 0 else { return false }
        return deliveries[waits.eventName(of: job.wait)].map { $0.count > Self.deliveriesLookedAtMax } ?? false
    }

    private static let deliveriesLookedAtMax = 8

    /// The event that is on its way to a wait whose time has come first.
    func delivery(endingWaitOf job: Job) -> Delivery? {
        guard !deliveryNames.isEmpty, job.wait >= 0 else { return nil }
        var found: Delivery?
        deliveries[waits.eventName(of: job.wait)]?.forEach(while: { delivery in
            if waits.doesEnd(job.wait, delivery.view, delivery.event.key, now: now.wall) { found = delivery }
            return found == nil
        })
        return found
    }

    // MARK: - Slices

    /// Whether a tick would bring on work that was put off.
    var hasSlices: Bool { canDeliver || (!arriving.isEmpty && hasRoomInBatch) }

    private var canDeliver: Bool {
        !deliveryNames.isEmpty && hasRoomInBatch && pendingWakes.count < settings.loadsMax
    }

    var hasRoomInBatch: Bool { writes.count < settings.rowsPerBatchWanted }

    /// A slice of each kind of work that was put off.
    func workOffSlice() {
        if canDeliver { deliverSlice() }
        guard hasRoomInBatch, let request = arriving.first else { return }
        if takeIn(request, atMost: settings.eventsPerTurnMax) { arriving.popFirst() }
    }

    /// Names take turns.
    private func deliverSlice() {
        guard let name = deliveryNames.popFirst(), let delivery = deliveries[name]?.first else { return }
        var look = delivery.look.map { waits.unpark($0) } ?? waits.look(for: delivery.view)
        var budget = settings.looksPerTurnMax
        let matches = waits.matches(delivery.view, delivery.event.key, now: now.wall, &look, budget: &budget)
        deliveries[name]?.popFirst()
        if look.isDone {
            writes.append(.deleteDelivery(delivery.event.key))
        } else {
            var rest = delivery
            rest.look = waits.park(look)
            deliveries[name]?.prepend(rest)
        }
        if deliveries[name]?.isEmpty == true { deliveries[name] = nil } else { deliveryNames.append(name) }
        end(matches, with: delivery.event)
    }
}
