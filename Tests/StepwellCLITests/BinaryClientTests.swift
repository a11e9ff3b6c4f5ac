import Glibc
import StepwellHTTP
import StepwellModel
import Testing

@testable import StepwellCLI

/// `send` and `runs` against a server, all as processes.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct BinaryClientTests {
    /// A development server with a worker behind it.
    private struct Bed {
        let place: TemporaryDirectory
        let server: Binary
        let worker: Worker
        let url: String

        init() async throws {
            place = try TemporaryDirectory()
            server = try Binary(
                ["dev", "--json", "--no-discovery", "--no-poll", "--port", "0"], environment: ["TMPDIR": place.path],
                in: place)
            let banner = try RawJSON(validating: Array(try server.firstLine().utf8))
            url = try #require(banner["url"]?.string)
            worker = try Worker(Worker.usual)
            try await worker.register(at: url)
        }

        func run(_ arguments: String...) throws -> Binary.Result {
            try Binary(arguments, environment: ["STEPWELL_URL": url], in: place).waitForEnd()
        }

        func invoke(json: Bool) throws -> Binary.Result {
            json ? try run("functions", "invoke", "app-fn", "--json") : try run("functions", "invoke", "app-fn")
        }

        /// Sends an event; returns the id of the run that it starts.
        func start(_ data: String) throws -> String {
            let event = try run("send", "a/b", "--data", data).out.dropLast()
            return try server.eventually("run") {
                let list = (try? run("runs", "--json", "--event", String(event)))?.out ?? ""
                return (try? RawJSON(validating: Array(list.utf8)))?["data"]?.elements?.first?["id"]?.string
            }
        }
    }

    @Test func `a run is followed to its end, and its end is the exit code`() async throws {
        let bed = try await Bed()
        let good = try bed.run("runs", "show", try bed.start(#"{"nap":"200ms"}"#), "--follow")
        #expect(good.code == 0)
        #expect(good.out.contains("  slept      nap\n"))
        #expect(good.out.contains("\ncompleted after "))
        #expect(good.out.hasSuffix("  result  {\"done\":true}\n"))
        #expect(!good.out.contains("\u{1B}"))
        let bad = try bed.run("runs", "show", try bed.start(#"{"fails":1}"#), "--follow")
        #expect(bad.code == 5)
        #expect(bad.out.hasSuffix("  error   Error: no such thing\n"))
        let lines = try bed.run("runs", "show", try bed.start(#"{"nap":"200ms"}"#), "--follow", "--json").out
        let last = try #require(lines.split(separator: "\n").last)
        #expect(try RawJSON(validating: Array(last.utf8))["status"]?.string == "completed")
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `a signal that nobody waits for is told by the exit code`() async throws {
        let bed = try await Bed()
        let lost = try bed.run("signal", "approve/1", "--data", #"{"by":"Ada"}"#)
        #expect(lost.code == 4)
        #expect(lost.error.contains(#"SW0510: No run waits for the signal "approve/1"."#))
        let broken = try bed.run("signal", "approve/1", "--data", "{")
        #expect(broken.code == 2 && broken.error.contains("SW0521"))
        #expect(try bed.run("signal").code == 2)
        let run = try bed.start(#"{"signal":"approve/2"}"#)
        let sent = try bed.server.eventually("signal") {
            let sent = try? bed.run("signal", "approve/2")
            return sent?.code == 0 ? sent : nil
        }
        #expect(sent.out == "\(run)\n")
        let shown = try bed.run("runs", "show", run, "--follow")
        #expect(shown.out.contains("  received   approval  approve/2\n"), "\(shown.out)")
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `a list shows what there is, a cancelled run is cancelled once`() async throws {
        let bed = try await Bed()
        #expect(try bed.run("runs").error == "No runs.\n")
        let run = try bed.start(#"{"nap":"1h"}"#)
        let list = try bed.run("runs")
        #expect(list.code == 0)
        #expect(list.out.hasPrefix("RUN                         STATUS "))
        #expect(list.out.contains("\(run)  "))
        #expect(try bed.run("runs", "list", "--status", "running").out == list.out)
        let why = try bed.run("runs", "why", run)
        #expect(why.code == 0)
        #expect(why.out.hasPrefix("\(run)  app-fn  running\n  step nap sleeps until "))
        #expect(try bed.run("runs", "why", run, "--json").out.contains(#""causes":[{"cause":"sleep","#))
        let cancelled = try bed.run("runs", "cancel", run)
        #expect(cancelled.code == 0)
        #expect(cancelled.out == "\(run) is cancelled.\n")
        #expect(try bed.run("runs", "cancel", run).code == 1)
        #expect(try bed.run("runs", "show", run).out.contains("\ncancelled after "))
        #expect(try bed.run("runs", "--status", "cancelled", "--since", "1h").out.contains(run))
        #expect(try bed.run("runs", "--status", "failed").error == "No runs.\n")
        #expect(try bed.run("runs", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV").code == 4)
        #expect(try bed.run("runs", "cancel", "nonsense").code == 4)
        #expect(try bed.run("runs", "why", run).out.hasPrefix("\(run)  app-fn  cancelled\n  ended at "))
        #expect(try bed.run("runs", "why", "nonsense").code == 4)
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `an invocation that no run comes of, or a skipped one, is told, and is no failure`() async throws {
        let bed = try await Bed()
        #expect(try bed.run("functions", "pause", "app-fn").code == 0)
        for json in [false, true] {
            let skipped = try bed.invoke(json: json)
            #expect(skipped.code == 0)
            #expect(skipped.error == "It was skipped, since the function was paused.\n")
            #expect(skipped.out.hasPrefix("{") == json)
        }
        #expect(try bed.run("functions", "resume", "app-fn").code == 0)
        try await bed.worker.register(at: bed.url, options: #""rateLimit":{"limit":1,"period":"1h"},"#)
        #expect(try bed.invoke(json: false).error.hasPrefix("Follow it: stepwell runs show "))
        for json in [false, true] {
            let dropped = try bed.invoke(json: json)
            #expect(dropped.code == 0)
            #expect(dropped.error.hasPrefix("The function has no run for event "), "\(dropped.error)")
            #expect(dropped.out.contains(#""run_id":null"#) == json)
        }
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `functions are listed, paused, drained and resumed`() async throws {
        let bed = try await Bed()
        let list = try bed.run("functions", "list").out.split(separator: "\n")
        #expect(list.first?.hasPrefix("FUNCTION ") == true)
        #expect(list.dropFirst().map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == ["app-fn active"])
        #expect(try bed.run("functions", "pause", "app-fn").out == "app-fn is paused.\n")
        #expect(try bed.run("functions", "list").out.contains("app-fn    paused  20"))
        #expect(try bed.run("runs", "show", try bed.start("{}")).out.contains("\nskipped after "))
        #expect(try bed.run("functions", "drain", "app-fn").out == "app-fn is drained.\n")
        #expect(try bed.run("functions", "resume", "app-fn", "--json").out.contains(#""state":"active""#))
        #expect(try bed.run("functions", "list", "--app", "nobody").error == "No functions.\n")
        let missing = try bed.run("functions", "pause", "nope")
        #expect(missing.code == 4)
        #expect(missing.error == "stepwell: SW0415: There is no function \"nope\". GET /api/functions lists all.\n")
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `runs are repeated, functions invoked, and events sent again`() async throws {
        let bed = try await Bed()
        let run = try bed.start(#"{"nap":"1ms"}"#)
        _ = try bed.run("runs", "show", run, "--follow")
        let rerun = try bed.run("runs", "rerun", run, "--from-step", "nap")
        #expect(rerun.code == 0)
        let second = String(rerun.out.dropLast())
        #expect(try bed.run("runs", "show", second, "--follow").code == 0)
        // Once the step has run, its name is known.
        let shown = try bed.run("runs", "show", second)
        #expect(shown.out.contains("  rerun   of run \(run), from step nap\n"))
        #expect(try bed.run("runs", "rerun", run, "--input", "[1]").code == 2)
        #expect(try bed.run("runs", "rerun", run, "--from-step", "nap", "--input", "{}").code == 2)
        #expect(try bed.run("runs", "rerun", run, "--from-step", "nope").error.contains("SW0440"))
        #expect(try bed.run("runs", "rerun", "nonsense").code == 4)
        let invoked = try bed.run("functions", "invoke", "app-fn", "--data", #"{"k":1}"#)
        #expect(invoked.code == 0)
        #expect(try bed.run("runs", "show", String(invoked.out.dropLast()), "--follow").code == 0)
        #expect(try bed.run("functions", "invoke", "nope").code == 4)
        #expect(try bed.run("functions", "invoke").code == 2)
        #expect(try bed.run("functions", "pause", "--app", "app", "--dry-run").out == "1 function would be paused.\n")
        #expect(try bed.run("functions", "pause", "--app", "app").out == "app-fn is paused.\n")
        #expect(try bed.run("functions", "resume", "app-fn", "app-fn").out == "app-fn is active.\n")
        #expect(try bed.run("functions", "invoke", "--app", "app", "--dry-run").out == "1 function would be invoked.\n")
        let audit = try bed.run("audit", "--verb", "function.pause").out.split(separator: "\n")
        #expect(audit.count == 2)
        #expect(audit.last?.contains("local  127.0.0.1  function.pause") == true)
        #expect(try bed.run("audit", "--verb", "no.such").error == "Nothing is recorded.\n")
        let list = try bed.run("events", "list").out.split(separator: "\n")
        #expect(list.count == 2)
        let event = try #require(list.last?.split(separator: " ").first.map(String.init))
        let resent = try bed.run("events", "resend", event)
        #expect(resent.code == 0)
        let show = try bed.run("events", "show", String(resent.out.dropLast()))
        #expect(show.out.contains(#""data":{"nap":"1ms"}"#))
        #expect(show.out.contains("app-fn"))
        #expect(try bed.run("events", "list", "--name", "no/such").error == "No events.\n")
        #expect(try bed.run("events", "show", "nonsense").code == 4)
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `work on many runs is counted, begun, shown and listed`() async throws {
        let bed = try await Bed()
        let sleeper = try bed.start(#"{"nap":"1h"}"#)
        _ = try bed.run("runs", "show", try bed.start(#"{"fails":1}"#), "--follow")
        #expect(try bed.run("bulk", "list").error == "No bulk work.\n")
        let count = try bed.run("bulk", "replay", "--since", "1h", "--dry-run")
        #expect(count.out == "1 run would be run again.\n")
        let filter = ["--function", "app-fn", "--if", #"event.data.nap == "1h""#]
        let cancelled = try Binary(
            ["bulk", "cancel"] + filter + ["--rate", "10"], environment: ["STEPWELL_URL": bed.url], in: bed.place
        ).waitForEnd()
        #expect(cancelled.code == 0)
        let id = String(cancelled.out.dropLast())
        #expect(try bed.run("runs", "show", sleeper, "--follow").code == 5)
        let shown = try bed.server.eventually("end of the work") {
            (try? bed.run("bulk", "show", id)).flatMap { $0.out.contains("completed") ? $0.out : nil }
        }
        #expect(shown.contains("\n  which   if event.data.nap == \"1h\"\n  rate    10 a second\n"))
        #expect(shown.contains("\n  way     100 %\n  found   1 run\n  done    1\n"))
        #expect(try bed.run("bulk", "list").out.contains("\(id)  cancel  completed  1     100 %"))
        #expect(try bed.run("bulk", "stop", id).error.contains("SW0445"))
        #expect(try bed.run("bulk", "replay").code == 2)
        #expect(try bed.run("bulk", "cancel", "--app", "app", "--rate", "-1").code == 2)
        #expect(try bed.run("bulk", "cancel").error.contains("the filter must name a function, an app or a time"))
        #expect(try bed.run("bulk", "cancel", "--app", "app", "--if", "event.").error.contains("SW0444"))
        #expect(try bed.run("bulk", "show", "nonsense").code == 4)
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `events are sent again in bulk, runs repeated from a step, and lists say so`() async throws {
        let bed = try await Bed()
        let run = try bed.start(#"{"nap":"1ms"}"#)
        _ = try bed.run("runs", "show", run, "--follow")
        let name = try #require(bed.run("events", "list").out.split(separator: "\n").last?.split(separator: " ")[1])
        let filter = ["bulk", "resend", "--event", String(name), "--limit", "1"]
        let environment = ["STEPWELL_URL": bed.url]
        let count = try Binary(filter + ["--dry-run"], environment: environment, in: bed.place).waitForEnd()
        #expect(count.out == "1 event would be sent again.\n")
        let resent = try Binary(filter, environment: environment, in: bed.place).waitForEnd()
        let id = String(resent.out.dropLast())
        let shown = try bed.server.eventually("end of the work") {
            (try? bed.run("bulk", "show", id)).flatMap { $0.out.contains("completed") ? $0.out : nil }
        }
        #expect(shown.contains("  which   event \(name)\n  limit   1\n"))
        #expect(shown.contains("  found   1 event\n  done    1\n"))
        #expect(try bed.run("runs", "list").out.contains("\(name) (bulk resend)"))
        let rerun = try bed.run(
            "bulk", "rerun", "--function", "app-fn", "--status", "completed", "--from-step", "no-such")
        let refused = try bed.server.eventually("end of the work") {
            (try? bed.run("bulk", "show", String(rerun.out.dropLast()))).flatMap {
                $0.out.contains("completed") ? $0.out : nil
            }
        }
        #expect(refused.contains("  step    no-such\n"))
        #expect(refused.contains("since they have no such step, or their function is archived"))
        #expect(try bed.run("bulk", "rerun", "--app", "app", "--input", "[1]").code == 2)
        #expect(try bed.run("bulk", "resend", "--app", "app").code == 2)
        #expect(try bed.run("bulk", "resend", "--event", "inngest/x").error.contains("SW0443"))
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `followed runs appear as they begin and end`() async throws {
        let bed = try await Bed()
        let follower = try Binary(["runs", "--follow", "--url", bed.url], in: bed.place)
        let run = try bed.start(#"{"nap":"200ms"}"#)
        _ = try follower.eventually("end of the run") {
            follower.out.split(separator: "\n").contains { $0.contains(run) && $0.contains("completed") } ? true : nil
        }
        #expect(try follower.stop(SIGINT).code == -SIGINT)
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `data comes from the command line, a file or standard input, and must be JSON`() async throws {
        let bed = try await Bed()
        try bed.place.write(#"{"from": "file"}"#, to: "data.json")
        let sent = try bed.run("send", "x/y", "--data", "@data.json", "--id", "mine", "--json")
        #expect(sent.out.hasPrefix(#"{"ids":[""#))
        let client = try APIClient(url: try HTTPURL(bed.url), token: nil)
        let event = try client.get("/api/events", [("name", "x/y")]).json["data"]?.elements?.first
        #expect(event?["payload"]?["id"]?.string == "mine")
        #expect(event?["payload"]?["data"]?.text == #"{"from":"file"}"#)
        let missing = try bed.run("send", "x/y", "--data", "@none.json")
        #expect(missing.code == 2)
        #expect(missing.error.contains("No such file or directory"))
        let broken = try bed.run("send", "x/y", "--data", #"{"a":"#)
        #expect(broken.code == 2)
        #expect(broken.error.contains("--data holds no valid data: invalid JSON at line 1, column 6"))
        let reserved = try bed.run("send", "inngest/x")
        #expect(reserved.code == 1)
        #expect(reserved.error.contains("event name is reserved for internal use"))
        let piped = Session(RecordingTerminal(input: #"{"from":"pipe"}"#), environment: ["STEPWELL_URL": bed.url])
        #expect(piped.run("send", "x/pipe", "-d", "-") == .success)
        let second = try client.get("/api/events", [("name", "x/pipe")]).json["data"]?.elements?.first
        #expect(second?["payload"]?["data"]?.text == #"{"from":"pipe"}"#)
        #expect(try bed.server.stop().code == 0)
    }

    @Test func `without a server there is an exit code of its own, and advice`() throws {
        let place = try TemporaryDirectory()
        for words in [["runs"], ["send", "a/b"], ["runs", "show", "x"]] {
            let result = try Binary(words, environment: ["STEPWELL_URL": "http://127.0.0.1:1"], in: place).waitForEnd()
            #expect(result.code == 3)
            #expect(result.error.contains("Start one with `stepwell dev`, or name another with --url."))
        }
    }

    @Test func `what answers but is no server of ours is said to be none`() throws {
        let place = try TemporaryDirectory()
        let stranger = try Worker { _, responder in responder.respond(status: 200, body: Array("<html>".utf8)) }
        let result = try Binary.run("runs", "--url", "http://127.0.0.1:\(stranger.port)", in: place)
        #expect(result.code == 1)
        #expect(result.error.contains("is no Stepwell server: invalid JSON"))
    }
}
