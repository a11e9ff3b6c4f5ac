// A run sleeps for hours or months without a process to hold it: for a time, or until a date.
import Foundation
import Stepwell

// snippet.hide
struct TrialStarted: Event {
    static let name = "trial.started"
    var email: String
    var endsAt: Date
}
protocol Reminders: Sendable { func remind(_ email: String, _ text: String) async throws }
// snippet.show

func remindOfTrial(_ reminders: any Reminders) -> Function<TrialStarted, Void> {
    Function("remind-of-trial", on: TrialStarted.self) { event, step in
        try await step.sleep("wait-a-day", for: .seconds(86_400))
        try await step.run("first-hints") { try await reminders.remind(event.data.email, "How is it going?") }
        try await step.sleep("until-the-end", until: event.data.endsAt)
        try await step.run("last-call") { try await reminders.remind(event.data.email, "Your trial ends.") }
    }
}
