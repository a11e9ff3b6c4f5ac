import StepwellModel
import StepwellStore

@testable import StepwellCore

/// Clients send and ask again; operators register, cancel, look and intervene.
extension World {
    func token() -> ReplyToken {
        lastToken += 1
        return ReplyToken(lastToken)
    }

    /// What an operator asks for: the audit log is to say of it that it was done, and nothing when it was not.
    func operate(_ input: (ReplyToken) -> Input) {
        let token = token()
        let note = AuditNote(actor: "operator", address: nil, verb: "verb", target: "\(token.value)")
        audited.insert(token.value)
        apply(.audited(note, token, input(token)))
    }

    func register() {
        do {
            let functions = try Script.all.enumerated().map { place, script in
                try FunctionBlueprint(
                    compiling: RegisteredFunction(
                        RawJSON(validated: Array(script.configuration(hasOtherKeys: hasOtherKeys).utf8)).slice),
                    id: UUIDBytes(high: 7, low: UInt64(place)))
            }
            apply(
                .register(
                    Registration(
                        name: "app", id: UUIDBytes(high: 1, low: 1), url: "http://worker:3000/api", sdk: "test:v1",
                        framework: nil, version: nil, checksum: hasOtherKeys ? "2" : "1", functions: functions), token()
                ))
        } catch {
            preconditionFailure("a script cannot be registered: \(error)")
        }
        isAppRemoved = false
    }

    /// A new version of the app, whose keys tell the same events apart, or nothing new.
    func registerAgain() {
        if chance(2) { hasOtherKeys.toggle() }
        register()
    }

    func removeApp() {
        if isAppRemoved || chance(2) {
            apply(.removeApp(url: "http://worker:3000/nobody", token()))
        } else {
            isAppRemoved = true
            apply(.removeApp(url: "http://worker:3000/api", token()))
        }
    }

    func send(_ name: String, id: String?) { post([event(name, id: id)]) }

    private func event(_ name: String, id: String?) -> IncomingEvent {
        lastEvent += 1
        let own = ULID(time: engine, entropyHigh: UInt16(seed & 0xff), entropyLow: lastEvent)
        let key = ["a", "b"][Int(random.next() % 2)]
        let text =
            "{\"data\":{\"k\":\"\(key)\"},\"id\":\"\(id ?? own.description)\",\"name\":\"\(name)\",\"ts\":\(wall.milliseconds),\"user\":{}}"
        return IncomingEvent(
            id: own, name: name, senderDigest: id.map { Digest(eventID: $0) },
            timestamp: chance(10) ? wall + .seconds(20) : wall,
            payload: RawJSON(validated: Array(text.utf8)), starts: [])
    }

    /// A client that gave a seed and got no answer asks again; one that gave an id asks again by mistake.
    func repeatRequest() {
        guard let event = sentSeeds.randomElement(using: &random) else { return }
        coverage.note("fault.repeatedSeed")
        post([event], isSeeded: true)
    }

    func sendAny() {
        clientBudget -= 1
        let events = Script.all.map(\.event).filter { $0.hasPrefix("app/") && !$0.hasSuffix("*") } + ["app/signal"]
        // Many wait for the signal.
        let name = chance(5) ? "app/signal" : events[Int(random.next() % UInt64(events.count))]
        if chance(4) {
            coverage.note("fault.repeatedID")
            send(name, id: "client-\(random.next() % 3)-\(name)")
        } else if chance(12) {
            invoke(random.next() % 2 == 0 ? "app-sequence" : "app-nobody")
        } else if chance(6) {
            post([event(name, id: nil), event("app/signal", id: nil), event(name, id: nil)])
        } else {
            send(name, id: nil)
        }
    }

    private func invoke(_ slug: String) {
        lastEvent += 1
        let own = ULID(time: engine, entropyHigh: 0xFFFF, entropyLow: lastEvent)
        let text = "{\"data\":{},\"id\":\"\(own)\",\"name\":\"invoke\",\"ts\":\(wall.milliseconds),\"user\":{}}"
        post([
            IncomingEvent(
                id: own, name: "invoke", senderDigest: nil, timestamp: wall,
                payload: RawJSON(validated: Array(text.utf8)), starts: [], invokedSlug: slug)
        ])
    }

    private func post(_ events: [IncomingEvent], isSeeded: Bool = false) {
        let token = token()
        requests[token.value] = events
        let configuration = partition.currentConfiguration
        let matched = events.map { event in
            var event = event
            event.starts = configuration.starts(for: EventView(name: event.name, payload: event.payload), now: wall)
            return event
        }
        let isFirstOfSeed = !isSeeded && matched[0].senderDigest == nil && matched[0].invokedSlug == nil && chance(5)
        if isFirstOfSeed { sentSeeds.append(contentsOf: events) }
        apply(
            .events(
                EventsRequest(
                    token: token, events: matched, isSeeded: isSeeded || isFirstOfSeed,
                    configurationVersion: configuration.version)))
    }

    func cancelAny() {
        let keys = store.state.runs.values.sorted { $0.key < $1.key }.map(\.key)
        guard let key = keys.randomElement(using: &random) else { return }
        ledger.allowCancellation(of: key)
        operate { .cancel(key, $0) }
    }

    /// An operator wants a run again, whatever has become of it: from its beginning or from a step.
    func rerunAny() {
        clientBudget -= 1
        guard let run = store.state.runs.keys.sorted().randomElement(using: &random) else { return }
        let steps = store.state.steps[run] ?? []
        let step = chance(3) ? nil : steps.randomElement(using: &random)
        let input = chance(2) ? RawJSON("[1]") : nil
        operate { .rerun(run, from: step.map { RerunStart(stepID: $0.id, input: input) }, $0) }
    }

    /// An operator pauses or drains a function, or lets one go on.
    func changeAnyState() {
        let standing = partition.functionStates.keys.sorted()
        if let function = standing.randomElement(using: &random), chance(2) {
            return operate { .changeState([function], .active, $0) }
        }
        let functions = partition.configuration.functions.keys.sorted()
        guard let function = functions.randomElement(using: &random) else { return }
        let state = chance(2) ? FunctionState.paused : .drained
        let several = chance(3) ? functions.filter { _ in chance(3) } : [function]
        operate { .changeState(several, state, $0) }
    }

    func resumeAll() {
        let functions = partition.functionStates.keys.sorted()
        operate { .changeState(functions, .active, $0) }
    }

    /// Someone sends a signal, whether anybody waits for it or not.
    func signalAny() {
        lastSignal += 1
        let token = token()
        signals[token.value] = lastSignal
        let key = ["a", "b"][Int(random.next() % 2)]
        let data = RawJSON(validated: Array("\(lastSignal)".utf8))
        apply(.signal(SentSignal(name: "approve-\(key)", data: data), token))
    }

    /// Someone tells something of a run, whatever has become of it.
    func noteAny() {
        guard let run = store.state.runs.keys.sorted().randomElement(using: &random) else { return }
        let token = token()
        notes[token.value] = run
        let entry = MetadataEntry(
            isOfRun: true, kind: "client", operation: .merge, values: RawJSON(#"{"x":1}"#))
        apply(.metadata(MetadataRequest(run: run, stepID: nil, entries: [entry]), token))
    }

    /// Somebody asks why a run stands still.
    func explainAny() {
        guard let key = partition.runSlots.keys.sorted().randomElement(using: &random) else { return }
        apply(.explain(key, token()))
    }
}
