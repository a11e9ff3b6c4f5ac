/// Event names of triggers: exact, or with `*` as the last segment behind `/` or `.` (PROTOCOL §1.6).
package enum EventPattern {
    /// Characters of a trigger's event name.
    package static let countMax = 255

    /// Why a name cannot be the event of a trigger.
    package enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
        case empty, tooLong, wildcard

        package var description: String {
            switch self {
            case .empty: "is empty; name an event"
            case .tooLong: "is longer than \(EventPattern.countMax) characters"
            case .wildcard: "may use * only as its last segment, behind a / or a dot: \"app/*\" or \"app/user.*\""
            }
        }
    }

    /// What is wrong with `pattern` as the event of a trigger; nil when it may be one.
    package static func problem(with pattern: String) -> Problem? {
        if pattern.isEmpty { return .empty }
        if pattern.unicodeScalars.count > countMax { return .tooLong }
        let star = UInt8(ascii: "*")
        guard let first = pattern.utf8.firstIndex(of: star) else { return nil }
        let isLast = pattern.utf8.index(after: first) == pattern.utf8.endIndex
        let before = pattern.utf8[..<first]
        guard isLast, let separator = before.last, separator == UInt8(ascii: "/") || separator == UInt8(ascii: "."),
            before.count > 1
        else { return .wildcard }
        return nil
    }

    /// Every trigger event that an event of this name sets off: the name itself first, then its wildcards from short to long.
    ///
    /// `api/v1/u.created` gives itself, `api/*`, `api/v1/*` and `api/v1/u.*`.
    package static func candidates(for name: String) -> [String] {
        var candidates = [name]
        for index in name.utf8.indices where index > name.utf8.startIndex {
            guard name.utf8[index] == UInt8(ascii: "/") || name.utf8[index] == UInt8(ascii: ".") else { continue }
            candidates.append(name[...index] + "*")
        }
        return candidates
    }

    /// Whether an event called `name` sets off a trigger on `pattern`.
    package static func matches(_ pattern: String, name: String) -> Bool {
        if pattern == name { return true }
        guard pattern.utf8.last == UInt8(ascii: "*"), problem(with: pattern) == nil else { return false }
        return name.utf8.starts(with: pattern.utf8.dropLast())
    }
}
