import StepwellModel

extension Milliseconds {
    /// Whole milliseconds of `duration`, a started one counted in full, so that nothing happens early.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        let part = attoseconds / 1_000_000_000_000_000
        let isExact = attoseconds % 1_000_000_000_000_000 == 0
        let (sum, sumOverflow) = whole.addingReportingOverflow(part + (isExact || attoseconds < 0 ? 0 : 1))
        guard !overflow, !sumOverflow else {
            self.init(seconds < 0 ? .min : .max)
            return
        }
        self.init(sum)
    }
}

extension Duration {
    /// The span as the protocol writes it, such as `1h30m`; what is negative is no time at all.
    var wireText: String { DurationText.format(max(.zero, Milliseconds(self))) }
}
