/// A binary heap: the element with the lowest rank first; those of equal rank in the order of their numbers.
struct PriorityHeap<Element> {
    private struct Entry {
        var rank: Int64
        var number: Int64
        var element: Element

        func precedes(_ other: Entry) -> Bool { (rank, number) < (other.rank, other.number) }
    }

    private var entries: ContiguousArray<Entry> = []

    var isEmpty: Bool { entries.isEmpty }
    var first: Element? { entries.first?.element }
    var count: Int { entries.count }

    mutating func insert(_ element: Element, rank: Int64, number: Int64) {
        entries.append(Entry(rank: rank, number: number, element: element))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].precedes(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    @discardableResult
    mutating func popFirst() -> Element? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first.element }
        entries[0] = last
        siftDown(0)
        return first.element
    }

    mutating func removeAll(where condition: (Element) -> Bool) {
        entries.removeAll { condition($0.element) }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var child = 2 * parent + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1].precedes(entries[child]) { child += 1 }
            guard entries[child].precedes(entries[parent]) else { break }
            entries.swapAt(child, parent)
            parent = child
        }
    }

    /// Calls `body` with the elements that come before one of this rank and number, in no order, until it returns false.
    func forEach(before rank: Int64, number: Int64, _ body: (Element) -> Bool) {
        // Nothing below an entry that comes later comes earlier.
        var open = [0]
        while let index = open.popLast() {
            guard index < entries.count, (entries[index].rank, entries[index].number) < (rank, number) else { continue }
            guard body(entries[index].element) else { return }
            open.append(2 * index + 1)
            open.append(2 * index + 2)
        }
    }

    func forEach(_ body: (Element) -> Void) {
        for entry in entries { body(entry.element) }
    }
}
