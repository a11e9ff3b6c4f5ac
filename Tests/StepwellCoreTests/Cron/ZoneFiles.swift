import Foundation
import StepwellCore
import Testing

/// The zones of this machine's database, those with the same rules once.
enum ZoneFiles {
    static let directory = "/usr/share/zoneinfo"

    static let all: [(name: String, rules: TimeZoneRules)] = {
        guard let names = FileManager.default.enumerator(atPath: directory) else { return [] }
        var seen: Set<TimeZoneRules> = []
        var zones: [(name: String, rules: TimeZoneRules)] = []
        for case let name as String in names where name.first?.isUppercase == true && !name.contains(".") {
            // Directories have no content.
            guard let content = FileManager.default.contents(atPath: "\(directory)/\(name)") else { continue }
            do {
                let rules = try TimeZoneRules(tzif: Array(content))
                if seen.insert(rules).inserted { zones.append((name, rules)) }
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
        return zones.sorted { $0.name < $1.name }
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        let content = FileManager.default.contents(atPath: "\(directory)/\(name)")
        return Array(try #require(content, "install tzdata (make deps)"))
    }

    static func rules(_ name: String) throws -> TimeZoneRules { try TimeZoneRules(tzif: bytes(name)) }
}

/// Numbers that only look random: the same seed gives the same ones (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
