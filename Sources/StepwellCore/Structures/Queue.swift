/// First in, first out, with cheap removal at the front.
struct Queue<Element> {
    private var elements: ContiguousArray<Element?> = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { head < elements.count ? elements[head] : nil }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func prepend(_ element: Element) {
        if head > 0 {
            head -= 1
            elements[head] = element
        } else {
            elements.insert(element, at: 0)
        }
    }

    @discardableResult
    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head].take()
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: elements.count <= 1_024)
            head = 0
        } else if head >= 4_096 && head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    mutating func removeAll(where condition: (Element) -> Bool) {
        elements.removeAll { $0.map(condition) ?? true }
        head = 0
    }

    /// Calls `body` with the elements in order until it returns false.
    func forEach(while body: (Element) -> Bool) {
        for index in head..<elements.count {
            if let element = elements[index], !body(element) { return }
        }
    }

    func forEach(_ body: (Element) -> Void) {
        for index in head..<elements.count {
            if let element = elements[index] { body(element) }
        }
    }
}
