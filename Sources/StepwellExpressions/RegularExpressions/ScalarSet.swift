/// A character class: which Unicode scalars one position of a regular expression takes.
struct ScalarSet: Sendable {
    /// In any order, possibly overlapping, until ``normalize()``.
    private(set) var ranges: [ClosedRange<UInt32>] = []
    private var categories: [Category] = []
    var isNegated = false
    /// `(?i)`: a scalar belongs to the set if it does in another case.
    var ignoresCase = false

    /// Longer ranges are left to the look-up of a text's own other cases.
    private static let casesMax = 64

    private struct Category: Sendable {
        var members: Set<UnicodeCategory>
        var isNegated: Bool
    }

    init(_ ranges: [ClosedRange<UInt32>] = []) { self.ranges = ranges }

    init(_ scalar: UInt32) { ranges = [scalar...scalar] }

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

    mutating func insert(categories members: Set<UnicodeCategory>, isNegated: Bool) {
        categories.append(Category(members: members, isNegated: isNegated))
    }

    /// Adds another set, which must not be negated.
    mutating func formUnion(_ other: ScalarSet) {
        ranges += other.ranges
        categories += other.categories
    }

    /// Sorts and joins the ranges, which ``contains(_:)`` needs, and adds the other cases of what was written singly: a
    /// text's `k` is no other case of a pattern's Kelvin sign, but the Kelvin sign's is `k`.
    mutating func normalize() {
        if ignoresCase {
            for range in ranges where range.count <= Self.casesMax {
                for value in range {
                    ranges += (Unicode.Scalar(value)?.otherCases ?? []).map { $0.value...$0.value }
                }
            }
        }
        var joined: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound &+ 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        ranges = joined
    }

    /// The complement of normalized ranges.
    static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return gaps
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var isMember = holds(scalar)
        if !isMember, ignoresCase { isMember = scalar.otherCases.contains { holds($0) } }
        return isMember != isNegated
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if scalar.value > ranges[middle].upperBound {
                low = middle + 1
            } else if scalar.value < ranges[middle].lowerBound {
                high = middle
            } else {
                return true
            }
        }
        return categories.contains { $0.members.contains(scalar.properties.generalCategory) != $0.isNegated }
    }
}

typealias UnicodeCategory = Unicode.GeneralCategory

extension Unicode.Scalar {
    /// The scalar in lower and upper case, where those are one scalar, and folded through upper case (ſ, K).
    fileprivate var otherCases: [Unicode.Scalar] {
        let upper = Self.single(properties.uppercaseMapping) ?? self
        let lower = Self.single(properties.lowercaseMapping) ?? self
        return [lower, upper, Self.single(upper.properties.lowercaseMapping) ?? upper]
    }

    private static func single(_ mapping: String) -> Unicode.Scalar? {
        let scalars = mapping.unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
    }
}

extension Unicode.GeneralCategory {
    /// The categories of a name such as `L` or `Lu`; nil for every other name.
    static func members(of name: String) -> Set<UnicodeCategory>? {
        switch name {
        case "L": [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter]
        case "Lu": [.uppercaseLetter]
        case "Ll": [.lowercaseLetter]
        case "Lt": [.titlecaseLetter]
        case "Lm": [.modifierLetter]
        case "Lo": [.otherLetter]
        case "M": [.nonspacingMark, .spacingMark, .enclosingMark]
        case "Mn": [.nonspacingMark]
        case "Mc": [.spacingMark]
        case "Me": [.enclosingMark]
        case "N": [.decimalNumber, .letterNumber, .otherNumber]
        case "Nd": [.decimalNumber]
        case "Nl": [.letterNumber]
        case "No": [.otherNumber]
        case "P":
            [
                .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation, .otherPunctuation,
            ]
        case "Pc": [.connectorPunctuation]
        case "Pd": [.dashPunctuation]
        case "Ps": [.openPunctuation]
        case "Pe": [.closePunctuation]
        case "Pi": [.initialPunctuation]
        case "Pf": [.finalPunctuation]
        case "Po": [.otherPunctuation]
        case "S": [.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol]
        case "Sm": [.mathSymbol]
        case "Sc": [.currencySymbol]
        case "Sk": [.modifierSymbol]
        case "So": [.otherSymbol]
        case "Z": [.spaceSeparator, .lineSeparator, .paragraphSeparator]
        case "Zs": [.spaceSeparator]
        case "Zl": [.lineSeparator]
        case "Zp": [.paragraphSeparator]
        case "C": [.control, .format, .surrogate, .privateUse]
        case "Cc": [.control]
        case "Cf": [.format]
        case "Co": [.privateUse]
        default: nil
        }
    }
}
