import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore

/// Signals, from SDKs and from operators.
extension RESTRoutes {
    func registerSignals(in router: inout Router) {
        router.on(.post, "/v1/signals", policy: .sdkSigned, bodyBytesMax: SignalBody.bytesMax) { exchange in
            send(exchange, isStrict: false) { exchange.answer(200, json: SignalJSON.enveloped($0)) }
        }
        router.on(.post, "/api/signals", policy: .operator, bodyBytesMax: SignalBody.bytesMax) { exchange in
            send(exchange, isStrict: true) { exchange.answer(200, json: SignalJSON.plain($0)) }
        }
    }

    /// Sends a signal, and calls `answer` with the run that it went to once that is durable.
    private func send(_ exchange: Exchange, isStrict: Bool, _ answer: @escaping @Sendable (ULID) -> Void) {
        if let trouble = context.engine.status.storeTrouble { return exchange.refuse(.storeTrouble(trouble)) }
        let signal: SentSignal
        do throws(Failure) {
            signal = try SignalBody.signal(exchange.request.body, isStrict: isStrict)
        } catch {
            return exchange.refuse(error)
        }
        _ = context.engine.ask(
            bytes: signal.data.count + 256,
            reply: { [context] reply in
                switch reply {
                case .signalled(let run):
                    // The engine knows runs by their keys alone.
                    context.read { reader in Self.tell(run, exchange, reader, answer) }
                case .refused(.nobodyWaits):
                    exchange.refuse(
                        Failure(404, .signalUnwanted, "No run waits for the signal \"\(signal.name)\"."))
                default: exchange.refuse(.stopping)
                }
            }
        ) { .signal(signal, $0) }
    }

    private static func tell(
        _ run: RunKey, _ exchange: Exchange, _ reader: any StoreReader, _ answer: (ULID) -> Void
    ) {
        do throws(Failure) {
            guard let record = try Failure.reading({ () throws(StoreError) in try reader.run(run) }) else {
                throw .missing(.rowUnknown, "The run that received the signal is no longer kept.")
            }
            answer(record.run.id)
        } catch {
            exchange.refuse(error)
        }
    }
}

enum SignalJSON {
    static func plain(_ run: ULID) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("run_id", run.description)
        writer.endObject()
        return writer.json
    }

    /// As SDKs read it (PROTOCOL §4.4).
    static func enveloped(_ run: ULID) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("data", plain(run))
        writer.member("metadata", .emptyObject)
        writer.endObject()
        return writer.json
    }
}
