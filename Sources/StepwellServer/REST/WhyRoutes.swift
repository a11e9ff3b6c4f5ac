import StepwellCore
import StepwellEngine
import StepwellHTTP
import StepwellModel
import StepwellStore

/// Why a run is not running.
extension RESTRoutes {
    /// `GET /api/runs/{id}/why`
    ///
    /// The engine says what keeps the run, the store what the things are called. A run that has ended is told with its end,
    /// so that there always is an answer.
    func why(_ exchange: Exchange) {
        context.read { reader in
            do throws(Failure) {
                _ = try exchange.query(allowing: [])
                let record = try exchange.run(in: reader)
                if record.run.status.isFinal {
                    exchange.answer(200, json: WhyJSON(record).json)
                } else {
                    ask(exchange, record.run.key)
                }
            } catch {
                exchange.refuse(error)
            }
        }
    }

    /// The engine's answer waits for all that is to be durable before it: when nothing can be, that is what keeps the run.
    private func ask(_ exchange: Exchange, _ run: RunKey) {
        if let trouble = context.engine.status.storeTrouble { return exchange.refuse(.storeTrouble(trouble)) }
        let late = exchange.responder.loop.schedule(after: StatusRoutes.pingTimeout) { [engine = context.engine] in
            exchange.refuse(StatusRoutes.lateness(engine))
        }
        _ = context.engine.ask(reply: { [context] reply in
            late.cancel()
            if case .refused(.stopped) = reply { return exchange.refuse(.stopping) }
            // Not on the thread that hands out replies: what comes now may block.
            context.read { reader in Self.tell(reply, exchange, context, reader) }
        }) { .explain(run, $0) }
    }

    private static func tell(
        _ reply: Reply, _ exchange: Exchange, _ context: ServerContext, _ reader: any StoreReader
    ) {
        do throws(Failure) {
            // Read again: by now the run may have ended.
            var why = WhyJSON(try exchange.run(in: reader))
            if case .explained(let explanation) = reply {
                let function = context.engine.configuration.functions[why.record.run.functionKey]
                try Failure.reading { () throws(StoreError) in try why.read(explanation, function, reader) }
            }
            exchange.answer(200, json: why.json)
        } catch {
            exchange.refuse(error)
        }
    }
}
