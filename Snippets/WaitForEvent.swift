// A function waits for another event, for an hour or a month, without holding anything in the process.
import Stepwell

// snippet.hide
struct ParentCreated: Event {
    static let name = "parent.created"
    var parentId: String
}
struct ChildCompleted: Event {
    static let name = "child.completed"
    var parentId: String
    var result: String
}
// snippet.show

let awaitChild = Function("await-child", on: ParentCreated.self) { event, step in
    let child = try await step.waitForEvent(
        "wait-for-child", on: ChildCompleted.self, match: "data.parentId", timeout: .seconds(3_600))
    guard let child else { return "no child within an hour" }
    return child.data.result
}
