#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Dates as JSON carries them: `2026-01-31T12:00:00.000Z`, as ECMAScript's `toISOString` writes them.
enum ISO8601 {
    private static let exact = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    private static let whole = Date.ISO8601FormatStyle()

    static func text(of date: Date) -> String { exact.format(date) }

    /// Reads a date with or without a fraction of the second; nil for anything else.
    static func date(of text: String) -> Date? { (try? exact.parse(text)) ?? (try? whole.parse(text)) }
}
