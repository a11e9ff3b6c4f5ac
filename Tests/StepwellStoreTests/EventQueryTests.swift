import StepwellCore
import StepwellModel
import StepwellStore
import Testing

/// Lists of events as people page through them.
struct EventQueryTests {
    @Test(arguments: StoreUnderTest.all)
    func `an event is found by its id`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit(.insertEvent(Samples.event(1)), .insertEvent(Samples.event(2)))
            let reader = try session.reader()
            #expect(try reader.event(Samples.eventID(2)) == Samples.event(2))
            #expect(try reader.event(Samples.eventID(3)) == nil)
        }
    }

    /// Events 1…40: each third is named "b", each fourth is the engine's own, received a second apart.
    private static func commitForty(_ session: Session) throws {
        try session.commit(
            (Int64(1)...40).map { key in
                let name = key % 4 == 0 ? "inngest/function.finished" : key % 3 == 0 ? "b" : "a"
                return .insertEvent(Samples.event(key, name: name))
            })
    }

    @Test(
        arguments: StoreUnderTest.all,
        [
            (EventQuery(), Array(Int64(1)...40)),
            (EventQuery(name: "b"), [3, 6, 9, 15, 18, 21, 27, 30, 33, 39]),
            (EventQuery(name: "none"), []),
            (EventQuery(includesInternal: false), (Int64(1)...40).filter { $0 % 4 != 0 }),
            (EventQuery(receivedFrom: Samples.time(38_000)), [38, 39, 40]),
            (EventQuery(receivedUntil: Samples.time(3_000)), [1, 2]),
            (EventQuery(receivedFrom: Samples.time(5_001), receivedUntil: Samples.time(7_001)), [6, 7]),
            (EventQuery(receivedFrom: Samples.time(90_000)), []),
            (EventQuery(receivedUntil: Samples.time(1_000)), []),
            (EventQuery(name: "b", receivedFrom: Samples.time(9_000), receivedUntil: Samples.time(16_000)), [9, 15]),
        ] as [(EventQuery, [Int64])])
    func `pages hold the matching events, newest first, each once`(
        store: StoreUnderTest, sample: (query: EventQuery, keys: [Int64])
    ) throws {
        try store.use { session in
            try Self.commitForty(session)
            let reader = try session.reader()
            for limit in [1, 3, 10, 100] {
                let rows = try pages(limit: limit) { position in
                    var query = sample.query
                    query.position = position
                    return try reader.events(query)
                }
                #expect(rows.map(\.key.value) == sample.keys.reversed())
            }
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `the last page says that nothing follows`(store: StoreUnderTest) throws {
        try store.use { session in
            try Self.commitForty(session)
            let reader = try session.reader()
            let all = try reader.events(EventQuery(position: PagePosition(limit: 40)))
            #expect(all.next == nil)
            let most = try reader.events(EventQuery(position: PagePosition(limit: 39)))
            #expect(most.next == Samples.eventID(2))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a cursor that names nothing gives an empty page`(store: StoreUnderTest) throws {
        try store.use { session in
            try Self.commitForty(session)
            let page = try session.reader().events(EventQuery(position: PagePosition(cursor: Samples.eventID(99))))
            #expect(page.rows.isEmpty)
            #expect(page.next == nil)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a page of large payloads ends early and goes on at its cursor`(store: StoreUnderTest) throws {
        try store.use { session in
            try session.commit((1...5).map { .insertEvent(Samples.event($0, payload: Samples.bulk(100_000))) })
            let reader = try session.reader()
            let first = try reader.events(EventQuery(position: PagePosition(payloadBytesMax: 150_000)))
            #expect(first.rows.map(\.key.value) == [5, 4])
            let second = try reader.events(
                EventQuery(position: PagePosition(cursor: first.next, payloadBytesMax: 1)))
            #expect(second.rows.map(\.key.value) == [3])
        }
    }

    /// A minute and a half of events whose times at the edge are some seconds out of the order of their keys.
    @Test(arguments: StoreUnderTest.all)
    func `a range of time is exact although times are not quite in the order of keys`(store: StoreUnderTest) throws {
        try store.use { session in
            let times = (Int64(1)...360).map { (key: Int64) -> Int64 in (key + key * 7_919 % 31 - 15) * 250 }
            try session.commit(
                times.enumerated().map { .insertEvent(Samples.event(Int64($0.offset) + 1, receivedAt: $0.element)) })
            let reader = try session.reader()
            for from in stride(from: Int64(0), through: 90_000, by: 15_000) {
                let range = from..<from + 22_500
                let query = EventQuery(
                    receivedFrom: Samples.time(range.lowerBound), receivedUntil: Samples.time(range.upperBound),
                    position: PagePosition(limit: 1_000))
                let expected = times.filter(range.contains).count
                #expect(try reader.events(query).rows.count == expected)
            }
        }
    }
}
