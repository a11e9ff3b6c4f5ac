/// What someone who misspelt a name may have meant.
enum Suggestion {
    /// A space and a sentence such as ` Did you mean --port?`; empty when nothing is near.
    static func sentence(
        for given: String, among names: some Sequence<String>, spell: (String) -> String = { $0 }
    ) -> String {
        nearest(to: given, among: names).map { " Did you mean \(spell($0))?" } ?? ""
    }

    /// The name with the fewest edits, when those are at most a third of what was given; of equals the first.
    static func nearest(to given: String, among names: some Sequence<String>) -> String? {
        let tolerated = max(1, given.count / 3)
        var best: (name: String, edits: Int)?
        for name in names {
            let edits = name.hasPrefix(given) && given.count >= 2 ? 1 : distance(given, name)
            if edits <= tolerated, edits < best?.edits ?? .max { best = (name, edits) }
        }
        return best?.name
    }

    /// Edits between two texts: letters inserted, deleted, replaced, or swapped with a neighbour (optimal string
    /// alignment).
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.lowercased())
        let right = Array(right.lowercased())
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row] + [Int](repeating: 0, count: right.count)
            for column in 1...right.count {
                let isSame = left[row - 1] == right[column - 1]
                var edits = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    edits = min(edits, beforeLast[column - 2] + 1)
                }
                current[column] = edits
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
