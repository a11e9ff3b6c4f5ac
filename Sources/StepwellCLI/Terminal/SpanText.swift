import StepwellModel

/// How long something took, to the precision at which people read it.
enum SpanText {
    /// `0 ms`, `950 ms`, `1.2 s`, `59.9 s`, `1 min 5 s`, `3 h 20 min`, `2 d 4 h`.
    static func of(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<1_000: "\(max(0, milliseconds)) ms"
        case ..<60_000: "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
        case ..<3_600_000: two(milliseconds, 60_000, "min", 1_000, "s")
        case ..<86_400_000: two(milliseconds, 3_600_000, "h", 60_000, "min")
        default: two(milliseconds, 86_400_000, "d", 3_600_000, "h")
        }
    }

    private static func two(_ span: Int64, _ large: Int64, _ name: String, _ small: Int64, _ rest: String) -> String {
        let remainder = span % large / small
        return remainder == 0 ? "\(span / large) \(name)" : "\(span / large) \(name) \(remainder) \(rest)"
    }
}
