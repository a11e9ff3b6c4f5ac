import StepwellModel
import Testing

@testable import StepwellServer

/// Queries are read strictly, and refusals say what is allowed.
@Suite(.timeLimit(.minutes(3)))
struct RESTQueryTests {
    @Test(
        arguments: [
            ("/api/runs?stauts=failed", "there is no parameter \"stauts\"; this route takes status, function,"),
            ("/api/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV?x", "there is no parameter \"x\"; this route takes wait."),
            ("/api/events/01ARZ3NDEKTSV4RRFFQ69G5FAV?x=1", "there is no parameter \"x\"; this route takes none."),
            ("/api/runs?limit=0", "the parameter limit must be a whole number from 1 to 100, not \"0\"."),
            ("/api/runs?limit=101", "the parameter limit must be a whole number from 1 to 100, not \"101\"."),
            ("/api/runs?limit=ten", "the parameter limit must be a whole number from 1 to 100, not \"ten\"."),
            ("/api/runs?limit=1&limit=2", "the parameter limit is given twice; give it once."),
            (
                "/api/runs?status=done",
                "must be a list of queued, running, completed, failed, cancelled, skipped, not \"done\"."
            ),
            ("/api/runs?status=failed,", "the parameter status must be a list such as a,b, not \"failed,\"."),
            ("/api/runs?from=yesterday", "the parameter from must be a time such as 2026-01-31T09:30:00Z"),
            ("/api/runs?cursor=abc", "the parameter cursor must be an id of 26 characters"),
            ("/api/runs?event=", "the parameter event must be an id of 26 characters"),
            ("/api/runs?wait=61s", "the parameter wait must be a span from 0s to 1m such as 30s, not \"61s\"."),
            ("/api/runs?output=yes", "the parameter output must be true or false, not \"yes\"."),
            ("/api/runs?app=%ff", "\"app=%ff\" in the query is not percent-encoded UTF-8."),
            ("/api/events?internal=1", "the parameter internal must be true or false, not \"1\"."),
            ("/api/events?name=", "the parameter name must be a text that is not empty, not \"\"."),
            ("/api/functions?archived=maybe", "the parameter archived must be true or false, not \"maybe\"."),
            ("/api/server?verbose", "there is no parameter \"verbose\"; this route takes none."),
            ("/v1/events?limit=many", "the parameter limit must be"),
            ("/v1/events?cursor=x", "the parameter cursor must be an id"),
        ])
    func `a parameter that cannot be followed is refused by name`(target: String, reason: String) async throws {
        let answer = try await RESTBed().get(target)
        #expect(answer.status == 400)
        #expect(answer.json["code"]?.string == "SW0419")
        #expect(answer.json["status"]?.integer == 400)
        #expect(answer.json["error"]?.string?.contains(reason) == true, "\(answer.text)")
    }

    @Test func `the routes of others pass over what they do not know, and clamp limits`() async throws {
        let rest = try RESTBed()
        for number in 0..<3 { try await rest.bed.send(#"{"name":"a/\#(number)"}"#) }
        for (query, count) in [("limit=0&unknown=1", 1), ("limit=9999", 3), ("limit=-5", 1)] {
            let answer = try await rest.get("/v1/events?\(query)")
            #expect(answer.json["data"]?.elements?.count == count, "\(query)")
        }
    }
}
