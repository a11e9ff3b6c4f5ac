import StepwellModel

/// The header `Retry-After`: seconds or a date, held to 1 s…24 h (PROTOCOL §3.4).
package enum RetryAfter {
    package static let range = Milliseconds.seconds(1)...Milliseconds.hours(24)

    /// The span to wait from `now`; nil when the header is absent or makes no sense.
    package static func span(_ header: String?, at now: Timestamp) -> Milliseconds? {
        guard let header, !header.isEmpty else { return nil }
        if header.utf8.count <= 7 {
            return Int64(header).map { clipped(.seconds($0)) }
        }
        return DateText.parse(header).map { clipped($0 - now) }
    }

    /// Whole seconds, rounded up, as an SDK sends them.
    package static func header(_ span: Milliseconds) -> String {
        String((clipped(span).count + 999) / 1_000)
    }

    private static func clipped(_ span: Milliseconds) -> Milliseconds {
        min(max(span, range.lowerBound), range.upperBound)
    }
}
