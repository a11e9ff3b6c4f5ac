import StepwellModel
import Testing

@testable import StepwellCore

/// Draws what becomes of events as time passes: one character is one second.
///
/// A letter is an event with that `k`, and later its run; a capital one has a priority of 60. What happens within one
/// second stands in brackets, in its order, and takes the place of one character: `"(abc)-d|"` are three events, a second
/// without any, and one. A run of a batch is drawn as `[abc]`. `|` is the end.
struct Marbles {
    private let bench = Bench()
    /// How long a call takes until it completes its run. Zero: it is over as soon as it is made.
    private let callSeconds: Int

    init(_ options: String, callSeconds: Int = 0) throws {
        self.callSeconds = callSeconds
        try bench.register(Bench.function("job", on: "app/go", options))
    }

    /// What was seen, drawn as the events were.
    struct Picture {
        var started = ""
        var completed = ""
        var cancelled = ""
        var skipped = ""
    }

    /// - Parameter stops: Events `app/stop` with their `k`.
    func draw(_ events: String, stops: String = "|") -> Picture {
        var brush = Brush(bench: bench, callSeconds: callSeconds)
        let stops = Self.seconds(of: stops)
        for (second, keys) in Self.seconds(of: events).enumerated() {
            brush.pass(toSecond: second)
            for key in keys { brush.send("app/go", key) }
            for key in stops.indices.contains(second) ? stops[second] : [] { brush.send("app/stop", key) }
            brush.look()
            brush.answerDue()
            brush.endSecond()
        }
        return brush.finished
    }

    /// The events of each second.
    private static func seconds(of drawing: String) -> [[Character]] {
        var seconds: [[Character]] = []
        var group: [Character]?
        for character in drawing {
            switch character {
            case "|": return seconds
            case "(": group = []
            case ")":
                seconds.append(group ?? [])
                group = nil
            case "-": seconds.append([])
            default:
                if group == nil { seconds.append([character]) } else { group?.append(character) }
            }
        }
        preconditionFailure("a drawing ends with |")
    }
}

/// Drives the partition and notes what it does in the second that is being drawn.
private struct Brush {
    let bench: Bench
    let callSeconds: Int
    private let start: Timestamp
    private var open: [(order: CallOrder, due: Timestamp)] = []
    private var names: [RunKey: Character] = [:]
    private var eventNames: [EventKey: Character] = [:]
    private var picture = Marbles.Picture()
    private var second = Marbles.Picture()

    init(bench: Bench, callSeconds: Int) {
        self.bench = bench
        self.callSeconds = callSeconds
        start = bench.time
        _ = bench.newWrites()
    }

    var finished: Marbles.Picture {
        Marbles.Picture(
            started: picture.started + "|", completed: picture.completed + "|", cancelled: picture.cancelled + "|",
            skipped: picture.skipped + "|")
    }

    /// Stops at each time at which something is due on the way.
    mutating func pass(toSecond second: Int) {
        let end = start + .seconds(Int64(second))
        while bench.time < end {
            let dues = [bench.partition.nextDue.engine, bench.partition.nextDue.wall].compactMap { $0 }
            let next = max(bench.time, min(dues.min() ?? end, end))
            bench.advance(by: next - bench.time)
            look()
        }
        answerDue()
    }

    mutating func send(_ name: String, _ key: Character) {
        let lower = key.lowercased()
        bench.send(name, data: #"{"k":"\#(lower)","p":\#(lower == String(key) ? 0 : 60)}"#)
    }

    mutating func answerDue() {
        while let index = open.firstIndex(where: { $0.due <= bench.time }) {
            bench.answer(open.remove(at: index).order, .completed(output: .null))
            look()
        }
    }

    mutating func look() {
        for write in bench.newWrites() { note(write) }
        for order in bench.newOrders() {
            let letters = ([order.event] + order.otherEvents).map { Self.letter(of: $0) }
            names[order.runKey] = letters[0]
            second.started.append(letters.count == 1 ? "\(letters[0])" : "[\(String(letters))]")
            open.append((order, bench.time + .seconds(Int64(callSeconds))))
        }
    }

    private mutating func note(_ write: Write) {
        switch write {
        case .insertEvent(let row):
            eventNames[row.key] = Self.letter(of: row.payload)
        case .insertRun(let row):
            names[row.key] = eventNames[row.eventKey] ?? "?"
            if row.status == .skipped { second.skipped.append(names[row.key] ?? "?") }
        case .finishRun(let key, .completed, _, _): second.completed.append(names[key] ?? "?")
        case .finishRun(let key, .cancelled, _, _): second.cancelled.append(names[key] ?? "?")
        default: break
        }
    }

    private static func letter(of event: RawJSON) -> Character {
        let name = event.value(at: ["data", "k"])?.string ?? "?"
        let isUrgent = event.value(at: ["data", "p"])?.integer != 0
        return (isUrgent ? name.uppercased() : name).first ?? "?"
    }

    mutating func endSecond() {
        picture.started += Self.drawn(second.started)
        picture.completed += Self.drawn(second.completed)
        picture.cancelled += Self.drawn(second.cancelled)
        picture.skipped += Self.drawn(second.skipped)
        second = Marbles.Picture()
    }

    private static func drawn(_ names: String) -> String {
        switch names.count {
        case 0: "-"
        case 1: names
        case _ where names.hasPrefix("[") && names.hasSuffix("]") && names.filter({ $0 == "[" }).count == 1: names
        default: "(\(names))"
        }
    }
}
