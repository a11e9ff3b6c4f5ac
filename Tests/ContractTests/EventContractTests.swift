import StepwellModel
import Testing

@testable import Stepwell

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The bytes of events on their way out, from PROTOCOL 1.1.
@Suite struct EventContractTests {
    struct Dated: Event {
        static let name = "dated"
        var at: Date
        var note: String?
    }

    static func bytes(_ event: OutgoingEvent) throws -> String {
        var writer = JSONWriter()
        try event.write(to: &writer)
        return writer.json.text
    }

    @Test func `an event with nothing but its data`() throws {
        #expect(try Self.bytes(OutgoingEvent(Ordered(total: 7))) == #"{"name":"shop/order.placed","data":{"total":7}}"#)
    }

    @Test func `an event with id, time and version`() throws {
        let time = Date(timeIntervalSince1970: 1_700_000_000.25)
        #expect(
            try Self.bytes(OutgoingEvent(Ordered(total: 7), id: "o-7", timestamp: time, version: "2"))
                == #"{"id":"o-7","name":"shop/order.placed","data":{"total":7},"ts":1700000000250,"v":"2"}"#)
    }

    @Test func `dates are texts of ISO 8601, and what is not there is left out`() throws {
        let time = Date(timeIntervalSince1970: 1_700_000_000.25)
        #expect(
            try Self.bytes(OutgoingEvent(Dated(at: time)))
                == #"{"name":"dated","data":{"at":"2023-11-14T22:13:20.250Z"}}"#)
    }

    @Test(arguments: [#""2023-11-14T22:13:20.250Z""#, #""2023-11-14T23:13:20.25+01:00""#, "1700000000250"])
    func `dates of other SDKs are read`(text: String) throws {
        let json = try RawJSON(validating: Array(#"{"name":"dated","data":{"at":\#(text)},"id":"e","ts":1}"#.utf8))
        let event = try ReceivedEvent<Dated>(json: json.slice)
        #expect(event.data.at == Date(timeIntervalSince1970: 1_700_000_000.25))
    }

    @Test func `an event without data is read as an empty object`() throws {
        let json = try RawJSON(
            validating: Array(#"{"name":"x","data":null,"id":"e","ts":1700000000250.0,"v":"3"}"#.utf8))
        let event = try ReceivedEvent<JSON>(json: json.slice)
        #expect(event.data == [:])
        #expect(event.id == "e")
        #expect(event.version == "3")
        #expect(event.timestamp == Date(timeIntervalSince1970: 1_700_000_000.25))
    }
}
