/// One measured figure of a row, as it stands in the table and in `bench.json`.
struct Figure: Codable, Sendable {
    enum Better: String, Codable, Sendable {
        case higher, lower
    }

    /// The row's name, and behind a dot what of it: `latency-one-step.p50`.
    let name: String
    let value: Double
    let unit: String
    /// What is to be reached; nil for a figure that explains another one.
    let target: Double?
    let better: Better

    init(_ name: String, _ value: Double, _ unit: String, atLeast target: Double) {
        self.init(name, value, unit, target, .higher)
    }

    init(_ name: String, _ value: Double, _ unit: String, atMost target: Double) {
        self.init(name, value, unit, target, .lower)
    }

    /// A figure without a target.
    init(_ name: String, _ value: Double, _ unit: String, better: Better = .lower) {
        self.init(name, value, unit, nil, better)
    }

    private init(_ name: String, _ value: Double, _ unit: String, _ target: Double?, _ better: Better) {
        self.name = name
        self.value = Self.rounded(value)
        self.unit = unit
        self.target = target
        self.better = better
    }

    /// Whether the target is reached; nil without one.
    var isReached: Bool? {
        guard let target else { return nil }
        return better == .higher ? value >= target : value <= target
    }

    /// Three decimals are more than any of this can be measured to.
    private static func rounded(_ value: Double) -> Double {
        guard value.magnitude < 1e12 else { return value }
        return (value * 1_000).rounded() / 1_000
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        // Present in every entry, null where there is none.
        try container.encode(target, forKey: .target)
        try container.encode(better, forKey: .better)
    }
}

extension [Double] {
    /// The value that a share of all does not exceed: 0.5 for the median.
    func percentile(_ share: Double) -> Double {
        guard !isEmpty else { return .nan }
        let sorted = sorted()
        return sorted[Swift.min(count - 1, Int((Double(count) * share).rounded(.down)))]
    }

    var median: Double { percentile(0.5) }
}
