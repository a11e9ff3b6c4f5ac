import Foundation
import StepwellCore
import StepwellModel
import Testing

@testable import StepwellEngine

struct ZoneDirectoryTests {
    /// A directory that is removed when `body` has ended.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "stepwell-zones-\(UUID())"
        try FileManager.default.createDirectory(atPath: directory + "/Area", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    @Test func `every zone of the list that people choose from is found`() throws {
        let list = try String(contentsOfFile: "/usr/share/zoneinfo/zone1970.tab", encoding: .utf8)
        let names = list.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: "\t")[2] }
        #expect(names.count > 300)
        for name in names { _ = try ZoneDirectory().rules(named: String(name)) }
    }

    @Test(arguments: [
        "Europe/Paaris", "Europe", "", "/usr/share/zoneinfo/Europe/Paris", "../zoneinfo/Europe/Paris",
        "Europe/../Europe/Paris", "Europe//Paris", "Europe/Paris/", "Europe/Paris/x", "localtime", "posixrules",
        "posix/Europe/Paris", "right/Europe/Paris", "zone1970.tab", "PST", "+02:00", "Europe/Paris\0", "Europe/Pàris",
        String(repeating: "A", count: 300),
    ])
    func `what is no zone is refused by name`(name: String) {
        let error = #expect(throws: ZoneError.self) { try ZoneDirectory().rules(named: name) }
        #expect(error == .unknown(name))
        #expect(
            error?.description
                == "SW0311: the schedule's TZ= names \"\(name)\", which is no time zone; name one such as TZ=Europe/Paris"
        )
    }

    @Test func `without a database only UTC is known`() throws {
        let directory = ZoneDirectory(path: "/nonexistent/zoneinfo")
        #expect(try directory.rules(named: "UTC") == .utc)
        let error = #expect(throws: ZoneError.self) { try directory.rules(named: "Europe/Paris") }
        #expect(
            error?.description
                == "SW0310: there is no time zone database at /nonexistent/zoneinfo; install tzdata, or write schedules in "
                + "UTC, without TZ=")
    }

    @Test func `a file that holds no zone is refused with the reason`() throws {
        try withDirectory { path in
            let files = [
                ("Text", Data("text".utf8), "it is no TZif file"), ("Empty", Data(), "it is no TZif file"),
                ("Large", Data(count: ZoneDirectory.fileBytesMax + 1), "it is larger than 1048576 bytes"),
            ]
            for (name, content, reason) in files {
                try content.write(to: URL(fileURLWithPath: "\(path)/Area/\(name)"))
                #expect(throws: ZoneError.unusable("Area/\(name)", reason: reason)) {
                    try ZoneDirectory(path: path).rules(named: "Area/\(name)")
                }
            }
        }
    }

    @Test func `a pipe in the place of a file is no zone, and nobody waits for it`() throws {
        try withDirectory { path in
            try #require(mkfifo("\(path)/Area/Pipe", 0o600) == 0)
            #expect(throws: ZoneError.unknown("Area/Pipe")) { try ZoneDirectory(path: path).rules(named: "Area/Pipe") }
        }
    }

    @Test func `another name for a zone has its rules`() throws {
        try withDirectory { path in
            try FileManager.default.createSymbolicLink(
                atPath: "\(path)/Area/Other", withDestinationPath: "/usr/share/zoneinfo/Europe/Paris")
            #expect(
                try ZoneDirectory(path: path).rules(named: "Area/Other") == ZoneDirectory().rules(named: "Europe/Paris")
            )
        }
    }
}
