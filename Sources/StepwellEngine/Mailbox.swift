/// Many threads post, one thread takes everything at once and sleeps while there is nothing.
///
/// `@unchecked Sendable`: the monitor guards all of it.
final class Mailbox<Element: Sendable>: @unchecked Sendable {
    private let monitor = Monitor()
    private var elements: [Element] = []
    private var bytes = 0
    private var isClosed = false

    /// Returns how many bytes wait now; nil when the mailbox is closed and the element was not taken.
    @discardableResult
    func post(_ element: Element, bytes size: Int = 0) -> Int? {
        post(bytes: size) { $0.append(element) }
    }

    /// As ``post(_:bytes:)`` for several, at least one, which wake the taker once.
    func post(contentsOf several: [Element], bytes size: Int) -> Int? {
        post(bytes: size) { $0.append(contentsOf: several) }
    }

    private func post(bytes size: Int, _ add: (inout [Element]) -> Void) -> Int? {
        let (waiting, isFirst): (Int?, Bool) = monitor.locked {
            guard !isClosed else { return (nil, false) }
            let isFirst = elements.isEmpty
            add(&elements)
            bytes += size
            return (bytes, isFirst)
        }
        if isFirst { monitor.wakeOne() }
        return waiting
    }

    /// Everything that waits, as soon as something does; empty after `milliseconds` (nil: however long it takes), or
    /// when the mailbox is closed and empty.
    func take(withinMilliseconds milliseconds: Int64?) -> [Element] {
        monitor.locked {
            if milliseconds != 0 {
                monitor.wait(atMostMilliseconds: milliseconds) { elements.isEmpty && !isClosed }
            }
            let taken = elements
            elements = []
            elements.reserveCapacity(min(taken.count, 1_024))
            bytes = 0
            return taken
        }
    }

    /// Nothing can be posted any more; what waits can still be taken.
    func close() {
        monitor.locked { isClosed = true }
        monitor.wakeAll()
    }

    var isFinished: Bool { monitor.locked { isClosed && elements.isEmpty } }
}
