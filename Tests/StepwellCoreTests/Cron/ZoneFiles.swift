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
