// A function that a schedule starts: every Monday at nine in Paris, up to thirty seconds late.
import Stepwell

// snippet.hide
protocol Digests: Sendable { func send() async throws }
// snippet.show

func weeklyDigest(_ digests: any Digests) -> Function<ScheduledTimer, Void> {
    Function("weekly-digest", cron: "TZ=Europe/Paris 0 9 * * 1", jitter: .seconds(30)) { _, step in
        try await step.run("send-digest") { try await digests.send() }
    }
}
