import Glibc
import StepwellHTTP
import StepwellModel
import StepwellSQLite
import StepwellServer
import StepwellWire

/// A test bed whose server keeps its data in a SQLite file, in a directory of its own.
final class RESTBed: Sendable {
    let bed: TestBed
    private let directory: String
    private let fileReader: SQLiteReader

    init(
        _ mode: ServerConfiguration.Mode = .dev, configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        var template = Array("/tmp/stepwell-rest-XXXXXX".utf8CString)
        directory = mkdtemp(&template).map { String(cString: $0) } ?? "/nowhere"
        let store = try SQLiteStore(path: "\(directory)/data.db")
        fileReader = try SQLiteReader(path: store.path)
        bed = try TestBed(store: store, reader: fileReader, mode, configure: configure)
    }

    deinit {
        bed.server.stop(grace: .zero)
        fileReader.close()
        for suffix in ["", "-wal", "-shm", ".lock"] { unlink("\(directory)/data.db\(suffix)") }
        rmdir(directory)
    }

    func get(_ target: String, headers: [(String, String)] = []) async throws -> TestBed.Answer {
        try await bed.ask(.get, target, headers: headers)
    }

    /// The worker of these tests: two steps, of which the second throws once, a sleep when the event asks for it, a result.
    static func worker() throws -> ScriptedWorker {
        try ScriptedWorker { call in
            let data = call.event.slice["data"]
            if data?["fails"] != nil { return .fail("no such thing", headers: [("X-Inngest-No-Retry", "true")]) }
            if !call.has("one") { return .report(.ran("one", #"{"n":1}"#)) }
            if !call.has("two") {
                return .report(call.request.context.attempt == 0 ? .threw("two", "not yet") : .ran("two", "2"))
            }
            if let nap = data?["nap"]?.string, !call.has("nap") { return .report(.sleep("nap", nap)) }
            if data?["waits"] != nil, !call.has("answer") {
                return .report(
                    .wait("answer", for: "a/answer", if: "event.data.k == async.data.k && async.data.ok", timeout: "1h")
                )
            }
            return .complete(#"{"done":true}"#)
        }
    }
}
