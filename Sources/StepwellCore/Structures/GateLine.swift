/// Lanes that wait at a gate, first come first.
///
/// Functions that share a limit may declare different ones. Lanes of one limit have room at the same time, so each limit has
/// a queue of its own, and the first of those that have room is found without looking at those that have none.
struct GateLine {
    private struct Place {
        var number: Int64
        var lane: Lane
    }

    private struct Part {
        let limit: Int
        var places: Queue<Place>
    }

    /// None is empty.
    private var parts: [Part] = []
    private var lastNumber: Int64 = 0
    private var firstNumber: Int64 = 0

    var isEmpty: Bool { parts.isEmpty }

    mutating func append(_ lane: Lane, limit: Int, isFirst: Bool) {
        let index = parts.firstIndex { $0.limit == limit } ?? parts.endIndex
        if index == parts.endIndex { parts.append(Part(limit: limit, places: Queue())) }
        if isFirst {
            firstNumber -= 1
            parts[index].places.prepend(Place(number: firstNumber, lane: lane))
        } else {
            lastNumber += 1
            parts[index].places.append(Place(number: lastNumber, lane: lane))
        }
    }

    /// Takes out the first lane that is admitted, and says which one before it was not.
    mutating func popFirst(where admits: (_ lane: Lane, _ limit: Int) -> Bool) -> (lane: Lane, overtaken: Lane?)? {
        var found: (index: Int, place: Place)?
        var closed: Place?
        for (index, part) in parts.enumerated() {
            guard let place = part.places.first else { continue }
            if !admits(place.lane, part.limit) {
                if closed.map({ place.number < $0.number }) ?? true { closed = place }
            } else if found.map({ place.number < $0.place.number }) ?? true {
                found = (index, place)
            }
        }
        guard let found else { return nil }
        parts[found.index].places.popFirst()
        if parts[found.index].places.isEmpty { parts.remove(at: found.index) }
        return (found.place.lane, closed.flatMap { $0.number < found.place.number ? $0.lane : nil })
    }

    /// Takes everything out, in order.
    mutating func removeAll() -> [Lane] {
        var places: [Place] = []
        for part in parts { part.places.forEach { places.append($0) } }
        parts = []
        return places.sorted { $0.number < $1.number }.map(\.lane)
    }

    func forEach(_ body: (_ lane: Lane, _ limit: Int) -> Void) {
        for part in parts { part.places.forEach { body($0.lane, part.limit) } }
    }
}
