import StepwellModel

/// What is read as a duration is written so that it is read as the same; so are dates.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    for dialect in [DurationText.Dialect.extended, .go] {
        guard let span = try? DurationText.parse(text, dialect: dialect) else { continue }
        let written = DurationText.format(span, dialect: dialect)
        let again = try? DurationText.parse(written, dialect: dialect)
        precondition(again == span, "\(text) is \(span.count) ms, written as \(written)")
    }
    if let date = DateText.parse(text) {
        let written = DateText.format(date)
        precondition(DateText.parse(written) == date, "\(text) is \(date.milliseconds), written as \(written)")
    }
    _ = CronSyntax.problem(with: text)
    _ = EventPattern.problem(with: text)
    return 0
}
