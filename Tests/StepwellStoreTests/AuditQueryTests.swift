import StepwellCore
import StepwellModel
import StepwellStore
import Testing

/// The audit log, page by page.
struct AuditQueryTests {
    private func row(_ number: Int64) -> AuditRow {
        AuditRow(
            id: ULID(time: Samples.time(1_000 * number), entropyHigh: 1, entropyLow: 1),
            recordedAt: Samples.time(1_000 * number),
            note: AuditNote(
                actor: number == 1 ? "server" : "operator_token", address: number == 1 ? nil : "10.0.0.7",
                verb: number % 2 == 0 ? "run.cancel" : "run.rerun", target: "ä \(number)",
                detail: number == 1 ? nil : Samples.json("{\"n\":1}")),
            results: number == 1 ? [] : [Samples.runID(1), Samples.runID(2)])
    }

    @Test(arguments: StoreUnderTest.all)
    func `rows come back as they were written, the newest first, by verb and time`(store: StoreUnderTest) throws {
        try store.use { session in
            let rows = (Int64(1)...5).map(row)
            try session.commit(rows.map { .insertAudit($0) })
            try session.reopen()
            let reader = try session.reader()
            #expect(try reader.audits(AuditQuery()).rows == rows.reversed())
            #expect(try reader.audits(AuditQuery(verb: "run.cancel")).rows == [rows[3], rows[1]])
            let time = AuditQuery(recordedFrom: Samples.time(2_000), recordedUntil: Samples.time(4_000))
            #expect(try reader.audits(time).rows == [rows[2], rows[1]])
            let verbAndTime = AuditQuery(verb: "run.rerun", recordedFrom: Samples.time(3_000))
            #expect(try reader.audits(verbAndTime).rows == [rows[4], rows[2]])
            let always = AuditQuery(
                recordedFrom: Samples.time(-1_000_000_000_000), recordedUntil: Samples.time(.max / 2))
            #expect(try reader.audits(always).rows == rows.reversed())
            let first = try reader.audits(AuditQuery(position: PagePosition(limit: 2)))
            #expect(first.rows == [rows[4], rows[3]])
            let second = try reader.audits(AuditQuery(position: PagePosition(cursor: first.next, limit: 5)))
            #expect(second.rows == [rows[2], rows[1], rows[0]])
            #expect(second.next == nil)
            let cursor = PagePosition(cursor: first.next, limit: 5)
            let late = AuditQuery(recordedUntil: Samples.time(9_000), position: cursor)
            #expect(try reader.audits(late).rows == [rows[2], rows[1], rows[0]])
            let early = AuditQuery(recordedUntil: Samples.time(3_000), position: cursor)
            #expect(try reader.audits(early).rows == [rows[1], rows[0]])
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `a cancellation that is taken back is no longer listed as one`(store: StoreUnderTest) throws {
        try store.use { session in
            let work = Samples.bulkWork(2)
            try session.commit(.insertBulk(Samples.bulkWork(1)), .insertBulk(work))
            #expect(try session.reader().bulks(limit: 9, origin: .cancellation) == [work])
            try session.commit(.withdrawBulk(work.id), .withdrawBulk(Samples.bulkWork(1).id))
            let reader = try session.reader()
            #expect(try reader.bulks(limit: 9, origin: .cancellation) == [])
            #expect(try reader.bulk(work.id)?.origin == .withdrawnCancellation)
            #expect(try reader.bulk(Samples.bulkWork(1).id)?.origin == .operator)
        }
    }
}
