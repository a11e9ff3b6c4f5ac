import Testing

/// The rules of time, drawn: see ``Marbles`` for how to read the pictures.
@Suite struct MarbleTests {
    // MARK: - Throttle

    @Test func `a throttle lets one start each period, and the others wait in order`() throws {
        let picture = try Marbles(#""throttle":{"limit":1,"period":"3s"}"#).draw("abc--------|")
        #expect(picture.started == "a--b--c----|")
    }

    @Test func `a throttle's burst starts at once, and what follows comes one each emission`() throws {
        let picture = try Marbles(#""throttle":{"limit":2,"period":"4s","burst":1}"#).draw("(abcde)------|")
        #expect(picture.started == "(abc)-d-e--|")
    }

    @Test func `what a throttle has not used in a quiet time is a burst again, and no more`() throws {
        let picture = try Marbles(#""throttle":{"limit":2,"period":"4s"}"#).draw("(ab)------(cdef)-----|")
        #expect(picture.started == "(ab)------(cd)-e-f-|")
    }

    @Test func `each value of a throttle's key has a flow of its own`() throws {
        let picture = try Marbles(#""throttle":{"limit":1,"period":"3s","key":"event.data.k"}"#).draw("aab-b----|")
        #expect(picture.started == "a-ba-b---|")
    }

    // MARK: - Rate limit

    @Test func `a rate limit of one starts the first of each period and drops the others`() throws {
        let picture = try Marbles(#""rateLimit":{"limit":1,"period":"4s"}"#).draw("ab-cd-efgh|")
        #expect(picture.started == "a---d---g-|")
    }

    @Test func `a rate limit of twenty starts three at once, and then one in each twentieth of its period`() throws {
        let picture = try Marbles(#""rateLimit":{"limit":20,"period":"40s"}"#).draw("(abcd)efghi|")
        #expect(picture.started == "(abc)-f-h-|")
    }

    @Test func `each value of an idempotency key starts once`() throws {
        let picture = try Marbles(#""idempotency":"event.data.k""#).draw("abab-cab|")
        #expect(picture.started == "ab---c--|")
    }

    // MARK: - Concurrency

    @Test func `a free slot starts the next at once`() throws {
        let picture = try Marbles(#""concurrency":2"#, callSeconds: 3).draw("abcde------|")
        #expect(picture.started == "ab-cd-e----|")
        #expect(picture.completed == "---ab-cd-e-|")
    }

    @Test func `each value of a concurrency key has slots of its own`() throws {
        let picture = try Marbles(#""concurrency":{"limit":1,"key":"event.data.k"}"#, callSeconds: 3).draw(
            "aaba-------|")
        #expect(picture.started == "a-ba--a----|")
    }

    // MARK: - Priority

    @Test func `of those that wait the higher priority starts first, and the older among equals`() throws {
        let options = #""concurrency":1,"priority":{"run":"event.data.p"}"#
        let picture = try Marbles(options, callSeconds: 2).draw("(abCDe)---------|")
        #expect(picture.started == "a-C-D-b-e-|")
    }

    @Test func `a priority is a head start of that many seconds, and no more`() throws {
        let options = #""concurrency":1,"priority":{"run":"event.data.p / 20"}"#
        let picture = try Marbles(options, callSeconds: 6).draw("ab--C-D---------------------|")
        // 60 / 20: C came 3 s after b and was as if it had come with it, so b, the older, goes first.
        #expect(picture.started == "a-----b-----C-----D---------|")
    }

    // MARK: - Singleton

    @Test func `a singleton skips what comes while one is unfinished`() throws {
        let picture = try Marbles(#""singleton":{"mode":"skip"}"#, callSeconds: 3).draw("ab-cd--e|")
        #expect(picture.started == "a--c---e|")
        #expect(picture.skipped == "-b--d---|")
    }

    @Test func `a singleton that cancels starts the newest and ends the one before`() throws {
        let picture = try Marbles(#""singleton":{"mode":"cancel"}"#, callSeconds: 3).draw("ab-cd-----|")
        #expect(picture.started == "ab-cd-----|")
        #expect(picture.cancelled == "-a-bc-----|")
        #expect(picture.completed == "-------d--|")
    }

    // MARK: - Timeouts

    @Test func `a run that has not begun within its time to start is cancelled`() throws {
        let options = #""concurrency":1,"timeouts":{"start":"3s"}"#
        let picture = try Marbles(options, callSeconds: 2).draw("(abc)------|")
        #expect(picture.started == "a-b----|")
        #expect(picture.cancelled == "---c---|")
    }

    @Test func `the time to finish begins with the first call`() throws {
        let options = #""concurrency":1,"timeouts":{"finish":"3s"}"#
        let picture = try Marbles(options, callSeconds: 4).draw("(ab)---------|")
        #expect(picture.started == "a---b-----|")
        #expect(picture.cancelled == "---a---b--|")
    }

    // MARK: - Events that cancel

    @Test func `an event cancels the runs that came before it and match`() throws {
        let options = #""cancel":[{"event":"app/stop","if":"event.data.k == async.data.k"}]"#
        let picture = try Marbles(options, callSeconds: 5).draw("ab-a-------|", stops: "---a|")
        #expect(picture.cancelled == "---(aa)-------|")
        #expect(picture.completed == "------b----|")
    }

    // MARK: - Debounce

    @Test func `a debounce starts the last event, once none has come for the period`() throws {
        let picture = try Marbles(#""debounce":{"period":"3s"}"#).draw("abcd----e---f-g----|")
        #expect(picture.started == "------d----e-----g-|")
    }

    @Test func `a debounce that events keep from its end ends at its timeout`() throws {
        let picture = try Marbles(#""debounce":{"period":"3s","timeout":"5s"}"#).draw("abcdefg-----|")
        #expect(picture.started == "-----e---g--|")
    }

    @Test func `each value of a debounce's key waits for itself`() throws {
        let picture = try Marbles(#""debounce":{"period":"3s","key":"event.data.k"}"#).draw("abab----|")
        #expect(picture.started == "-----ab-|")
    }

    @Test func `what a rate limit drops does not begin a debounce anew`() throws {
        let options = #""debounce":{"period":"3s"},"rateLimit":{"limit":1,"period":"5s"}"#
        let picture = try Marbles(options).draw("ab---c----|")
        #expect(picture.started == "---a----c-|")
    }

    // MARK: - Batches

    @Test func `a batch starts when it is full, or when its first event has waited for the timeout`() throws {
        let picture = try Marbles(#""batchEvents":{"maxSize":3,"timeout":"4s"}"#).draw("abc-d-e----|")
        #expect(picture.started == "--[abc]-----[de]--|")
    }

    @Test func `each value of a batch's key has a batch of its own`() throws {
        let options = #""batchEvents":{"maxSize":2,"timeout":"4s","key":"event.data.k"}"#
        let picture = try Marbles(options).draw("abb---b----|")
        #expect(picture.started == "--[bb]-a-----b|")
    }

    @Test func `events that a batch's condition keeps out start at once`() throws {
        let options = #""batchEvents":{"maxSize":2,"timeout":"4s","if":"event.data.p == 0"}"#
        let picture = try Marbles(options).draw("aBCd----|")
        #expect(picture.started == "-BC[ad]----|")
    }
}
