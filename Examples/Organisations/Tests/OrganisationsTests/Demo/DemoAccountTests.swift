import Foundation
import Testing

@testable import Organisations

/// What `make demo` counts with, `Scripts/demo-account`, on folders that hold and folders that do not.
@Suite struct DemoAccountTests {
    let folder: TemporaryFolder
    let log: FileWorkLog
    let database: Database

    init() throws {
        folder = try TemporaryFolder()
        log = try FileWorkLog(path: folder.url.appending(path: "work.log").path)
        database = try Database(path: folder.url.appending(path: "organisations.db").path)
    }

    @Test func `two organisations that went through everything are a good account`() throws {
        for name in ["Batch 1", "Batch 2"] { try finish(name) }
        try finish("Another")
        let account = try count(expected: 2)
        #expect(account.code == 0)
        #expect(account.output.hasPrefix("2 created, 2 linked, 2 announced, 2 consumed, 0 lost, 0 repeated\n"))
    }

    @Test func `an organisation that was asked for and is not there is lost`() throws {
        try finish("Batch 1")
        let account = try count(expected: 2)
        #expect(account.code == 1)
        #expect(account.output.hasPrefix("1 created, 1 linked, 1 announced, 1 consumed, 1 lost, 0 repeated\n"))
        #expect(account.errors.contains("1 of 2 were created"))
    }

    @Test func `an organisation that was not announced is counted`() throws {
        try finish("Batch 1", steps: ["create-organisation", "link-to-account"])
        #expect(try count(expected: 1).errors.contains("0 of 1 were announced"))
    }

    @Test func `a body that was under way at the kill may begin again`() throws {
        try note(.begun, "create-organisation", of: "Batch 1")
        let killedAt = try length()
        try finish("Batch 1")
        let account = try count(expected: 1, killedAt: killedAt)
        #expect(account.code == 0)
        #expect(account.output.hasPrefix("1 created, 1 linked, 1 announced, 1 consumed, 0 lost, 1 repeated\n"))
        #expect(account.output.contains("1 steps had begun"))
    }

    @Test func `more repetitions than calls that may be in flight are too many`() throws {
        for name in ["Batch 1", "Batch 2"] { try note(.begun, "create-organisation", of: name) }
        let killedAt = try length()
        for name in ["Batch 1", "Batch 2"] { try finish(name) }
        #expect(try count(expected: 2, killedAt: killedAt, callsMax: 2).code == 0)
        #expect(try count(expected: 2, killedAt: killedAt, callsMax: 1).code == 1)
    }

    @Test func `a body that begins again without a kill is a fault`() throws {
        let killedAt = try length()
        try note(.begun, "create-organisation", of: "Batch 1")
        try finish("Batch 1")
        let account = try count(expected: 1, killedAt: killedAt)
        #expect(account.code == 1)
        #expect(account.errors.contains("no call for it was in flight"))
    }

    @Test func `one kill explains one repetition`() throws {
        try note(.begun, "create-organisation", of: "Batch 1")
        let killedAt = try length()
        try note(.begun, "create-organisation", of: "Batch 1")
        try finish("Batch 1")
        #expect(try count(expected: 1, killedAt: killedAt).errors.contains("began 3 times"))
    }

    @Test func `a body that begins after its acknowledgement is a fault`() throws {
        try finish("Batch 1")
        try note(.begun, "link-to-account", of: "Batch 1")
        let account = try count(expected: 1, killedAt: try length())
        #expect(account.code == 1)
        #expect(account.errors.contains("began after its result was acknowledged"))
    }

    @Test func `two runs for one organisation are a fault`() throws {
        try finish("Batch 1")
        try note(.begun, "create-organisation", of: "Batch 1", run: "another-run")
        #expect(try count(expected: 1).errors.contains("2 runs of create-provisional-organisation for 'Batch 1'"))
    }

    // MARK: - What a worker would have left

    private func finish(
        _ name: String, steps: [String] = ["create-organisation", "link-to-account", "emit-created"]
    ) throws {
        for step in steps {
            for moment in [WorkEntry.Moment.begun, .acknowledged] { try note(moment, step, of: name) }
        }
        let organisations = SQLiteOrganisations(database: database)
        let id = try organisations.create(name: try OrganisationName(name), diffbotId: nil).id
        try organisations.link(id, to: try AccountID("a1"))
        try SQLiteDirectory(database: database).list(id, for: try AccountID("a1"))
    }

    private func note(_ moment: WorkEntry.Moment, _ step: String, of name: String, run: String? = nil) throws {
        try log.note(
            WorkEntry(
                moment: moment, job: "create-provisional-organisation", run: run ?? "run of \(name)", step: step,
                subject: name))
    }

    private func length() throws -> Int {
        try Data(contentsOf: folder.url.appending(path: "work.log")).count
    }

    private func count(
        expected: Int, killedAt: Int? = nil, callsMax: Int = 100
    ) throws -> (code: Int32, output: String, errors: String) {
        let script = URL(filePath: #filePath).appending(path: "../../../../../../Scripts/demo-account").standardized
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = script
        process.arguments =
            [folder.url.path, "Batch", "\(expected)"] + (killedAt.map { ["\($0)", "\(callsMax)"] } ?? [])
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let texts = try [output, errors].map {
            String(decoding: try $0.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        }
        process.waitUntilExit()
        return (process.terminationStatus, texts[0], texts[1])
    }
}
