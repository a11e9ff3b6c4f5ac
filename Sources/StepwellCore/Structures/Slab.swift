/// Values in numbered slots, which are used again after removal.
///
/// Grows by chunks, so that a million values are never copied and no memory is held twice while growing. A slot's number
/// says nothing once its value was removed: whoever keeps one also keeps a key to compare.
struct Slab<Element> {
    private static var chunkSize: Int { 1 << 12 }

    private var chunks: [ContiguousArray<Element?>] = []
    private var free: [Int32] = []
    private var used: Int32 = 0
    private(set) var count = 0

    mutating func insert(_ element: Element) -> Int32 {
        count += 1
        if let slot = free.popLast() {
            self[unchecked: slot] = element
            return slot
        }
        if Int(used) == chunks.count * Self.chunkSize {
            chunks.append(ContiguousArray(repeating: nil, count: Self.chunkSize))
        }
        defer { used += 1 }
        self[unchecked: used] = element
        return used
    }

    mutating func remove(_ slot: Int32) {
        precondition(self[unchecked: slot] != nil, "the slot is empty")
        self[unchecked: slot] = nil
        free.append(slot)
        count -= 1
    }

    /// The value in `slot`, which must be in use.
    subscript(slot: Int32) -> Element {
        get {
            guard let element = self[unchecked: slot] else { preconditionFailure("the slot is empty") }
            return element
        }
        _modify {
            let chunk = Int(slot) / Self.chunkSize
            let index = Int(slot) % Self.chunkSize
            guard var element = chunks[chunk][index].take() else { preconditionFailure("the slot is empty") }
            defer { chunks[chunk][index] = element }
            yield &element
        }
    }

    /// The value in `slot`; nil when the slot is empty or was never used.
    func find(_ slot: Int32) -> Element? {
        slot < used ? self[unchecked: slot] : nil
    }

    func forEach(_ body: (Int32, Element) -> Void) {
        for slot in 0..<used {
            if let element = self[unchecked: slot] { body(slot, element) }
        }
    }

    private subscript(unchecked slot: Int32) -> Element? {
        get { chunks[Int(slot) / Self.chunkSize][Int(slot) % Self.chunkSize] }
        set { chunks[Int(slot) / Self.chunkSize][Int(slot) % Self.chunkSize] = newValue }
    }
}
