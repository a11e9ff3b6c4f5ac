import StepwellCore
import StepwellModel
import StepwellStore
import Testing

/// One implementation of ``Store``, as a test sees it: a place that outlives the store that is open on it.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let makePlace: @Sendable () throws -> any StorePlace

    static let all = [
        StoreUnderTest(testDescription: "memory") { MemoryPlace() },
        StoreUnderTest(testDescription: "SQLite") { try SQLitePlace() },
    ]
}

/// Where a store's content stays while no store is open.
protocol StorePlace: AnyObject {
    /// Opens a store on the content, closing the one that was open before.
    func open() throws -> any Store
    /// A reader of the content, beside the store.
    func reader() throws -> any StoreReader
    /// Takes the content away.
    func remove()
}

final class MemoryPlace: StorePlace {
    private var store = MemoryStore()

    func open() -> any Store {
        store = MemoryStore(store.state)
        return store
    }

    func reader() -> any StoreReader { store }

    func remove() {}
}

extension StoreUnderTest {
    /// Runs `body` on a store that starts empty.
    func use(_ body: (Session) throws -> Void) throws {
        let place = try makePlace()
        defer { place.remove() }
        try body(Session(place))
    }
}

/// An engine reduced to what a store sees of it: it counts batches and keeps the epoch.
final class Session {
    private let place: any StorePlace
    private(set) var store: any Store
    private(set) var opened: OpenedPartition
    private(set) var sequence: Int64

    init(_ place: any StorePlace) throws {
        self.place = place
        store = try place.open()
        opened = try store.open(partition: 0)
        sequence = opened.batchSequence
    }

    func batch(_ writes: [Write]) -> Batch {
        Batch(
            partition: 0, epoch: opened.epoch, sequence: sequence + 1,
            engineTime: Timestamp(milliseconds: 1_000 * (sequence + 1)), writes: writes)
    }

    func commit(_ writes: Write...) throws { try commit(writes) }

    func commit(_ writes: [Write]) throws {
        try store.commit(batch(writes))
        sequence += 1
    }

    func reopen() throws {
        store = try place.open()
        opened = try store.open(partition: 0)
        sequence = opened.batchSequence
    }

    func reader() throws -> any StoreReader { try place.reader() }

    func loadRun(_ key: Int64) throws -> LoadedRun? {
        guard case .run(let run) = try store.load(.run(RunKey(key)), partition: 0) else { return nil }
        return run
    }

    func recovered() throws -> [Recovered] {
        var rows: [Recovered] = []
        try store.recover(partition: 0) { rows.append(Recovered($0)) }
        return rows
    }
}

/// ``RecoveredRow`` that can be compared.
enum Recovered: Equatable {
    case app(AppRow), function(FunctionRow), throttle(ThrottleRow), rateLimit(RateLimitRow), cron(CronRow)
    case functionState(FunctionStateRow), bulk(BulkRow), keyRenewal(KeyRenewalRow), job(JobCore), wait(WaitRow)
    case hold(HoldRow), deliveries(name: String, last: EventKey)

    init(_ row: RecoveredRow) {
        switch row {
        case .app(let row): self = .app(row)
        case .function(let row): self = .function(row)
        case .throttle(let row): self = .throttle(row)
        case .rateLimit(let row): self = .rateLimit(row)
        case .cron(let row): self = .cron(row)
        case .functionState(let row): self = .functionState(row)
        case .bulk(let row): self = .bulk(row)
        case .keyRenewal(let row): self = .keyRenewal(row)
        case .job(let row): self = .job(row)
        case .wait(let row): self = .wait(row)
        case .hold(let row): self = .hold(row)
        case .deliveries(let name, let last): self = .deliveries(name: name, last: last)
        }
    }
}

/// All rows of all pages of at most `limit` rows.
func pages<Row>(limit: Int, _ page: (PagePosition) throws -> Page<Row>) throws -> [Row] {
    var rows: [Row] = []
    var position = PagePosition(limit: limit)
    repeat {
        let next = try page(position)
        rows += next.rows
        position.cursor = next.next
    } while position.cursor != nil
    return rows
}
