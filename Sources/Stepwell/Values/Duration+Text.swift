extension Duration {
    /// Whole milliseconds, a started one counted in full, so that nothing happens early.
    var millisecondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let part = attoseconds / 1_000_000_000_000_000
        let isExact = attoseconds % 1_000_000_000_000_000 == 0
        return whole.addingReportingOverflow(part + (isExact || attoseconds < 0 ? 0 : 1)).partialValue
    }

    /// The span as the protocol writes it: hours, minutes, seconds and milliseconds, such as `1h30m` or `250ms`.
    ///
    /// Days and weeks are left out, since one of the protocol's two readers of durations does not know them.
    var wireText: String {
        var rest = max(0, millisecondsRoundedUp)
        guard rest > 0 else { return "0s" }
        var text = ""
        for (unit, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] as [(String, Int64)]
        where rest >= size {
            text += "\(rest / size)\(unit)"
            rest %= size
        }
        return text
    }
}
