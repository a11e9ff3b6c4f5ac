extension TimeZoneRules {
    /// Reads a TZif file (RFC 8536) of version 1 to 4.
    package init(tzif bytes: [UInt8]) throws(TimeZoneError) {
        var reader = TZifReader(rest: bytes[...])
        var header = try reader.header()
        if header.version > 1 {
            // Readers of version 1 look at the first block; the second says the same in 64 bits, and more.
            try reader.skip(header.blockCount(timeSize: 4))
            header = try reader.header()
        }
        let block = try reader.block(header, timeSize: header.version > 1 ? 8 : 4)
        let rule = header.version > 1 ? try reader.footer() : nil
        guard reader.rest.isEmpty else { throw .inconsistent }
        try self.init(block, rule)
    }

    private init(_ block: TZifReader.Block, _ rule: POSIXZone?) throws(TimeZoneError) {
        // Behind the last change the rule is in force; in a file without changes, always.
        let ruleStart = block.changes.last?.at ?? -Self.secondsMax
        var changes = block.changes
        if let rule {
            for offset in [rule.standard, rule.yearly?.daylight ?? 0] where abs(offset) >= Self.offsetMax {
                throw .outOfRange
            }
            if rule.yearly == nil { changes.append((at: ruleStart, to: Int32(rule.standard))) }
        }
        self.init(
            first: block.first, changes: changes, yearly: rule?.yearly,
            yearlyStart: rule?.yearly == nil ? Self.secondsMax : ruleStart)
    }
}

/// Takes a TZif file apart, from front to back.
private struct TZifReader {
    struct Header {
        var version: UInt8
        var utcFlagCount: Int
        var standardFlagCount: Int
        var leapCount: Int
        var changeCount: Int
        var typeCount: Int
        var nameByteCount: Int

        func blockCount(timeSize: Int) -> Int {
            changeCount * (timeSize + 1) + typeCount * 6 + nameByteCount + leapCount * (timeSize + 4)
                + standardFlagCount + utcFlagCount
        }
    }

    struct Block {
        /// What is in force before the first change.
        var first: Int32
        var changes: [(at: Int64, to: Int32)]
    }

    var rest: ArraySlice<UInt8>

    mutating func header() throws(TimeZoneError) -> Header {
        guard rest.starts(with: "TZif".utf8) else { throw .otherFormat }
        try skip(4)
        let version = try take(1).first ?? 0
        // Version 1 has no digit but a zero byte.
        guard version == 0 || (0x32...0x34).contains(version) else { throw .version(version) }
        try skip(15)
        return Header(
            version: version == 0 ? 1 : version - 0x30, utcFlagCount: try count(), standardFlagCount: try count(),
            leapCount: try count(), changeCount: try count(), typeCount: try count(), nameByteCount: try count())
    }

    mutating func block(_ header: Header, timeSize: Int) throws(TimeZoneError) -> Block {
        guard header.leapCount == 0 else { throw .leapSeconds }
        guard header.typeCount > 0, header.nameByteCount > 0 else { throw .inconsistent }
        guard header.blockCount(timeSize: timeSize) <= rest.count else { throw .truncated }
        var times: [Int64] = []
        for _ in 0..<header.changeCount {
            let time = try signed(timeSize)
            guard (-TimeZoneRules.secondsMax..<TimeZoneRules.secondsMax).contains(time) else { throw .outOfRange }
            guard time > times.last ?? .min else { throw .inconsistent }
            times.append(time)
        }
        let places = try take(header.changeCount)
        var offsets: [Int32] = []
        for _ in 0..<header.typeCount {
            let offset = try signed(4)
            guard abs(offset) < TimeZoneRules.offsetMax else { throw .outOfRange }
            offsets.append(Int32(offset))
            // Whether it is daylight-saving time, and its name.
            try skip(2)
        }
        guard places.allSatisfy({ $0 < offsets.count }) else { throw .inconsistent }
        try skip(header.nameByteCount + header.standardFlagCount + header.utcFlagCount)
        return Block(
            first: offsets[0], changes: zip(times, places).map { (at: $0, to: offsets[Int($1)]) })
    }

    /// A line with the rule for the years to come; empty where there is none.
    mutating func footer() throws(TimeZoneError) -> POSIXZone? {
        guard let first = rest.popFirst() else { throw .truncated }
        guard first == UInt8(ascii: "\n") else { throw .inconsistent }
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { throw .truncated }
        let text = rest[..<end]
        rest = rest[(end + 1)...]
        if text.isEmpty { return nil }
        guard let zone = POSIXZone(text) else { throw .rule }
        return zone
    }

    mutating func skip(_ count: Int) throws(TimeZoneError) { _ = try take(count) }

    private mutating func count() throws(TimeZoneError) -> Int {
        try take(4).reduce(0) { $0 << 8 | Int($1) }
    }

    /// A big-endian number of 4 or 8 bytes with a sign.
    private mutating func signed(_ size: Int) throws(TimeZoneError) -> Int64 {
        let bytes = try take(size)
        let negative = bytes.first.map { $0 >= 0x80 } == true
        return bytes.reduce(negative ? -1 : 0) { $0 << 8 | Int64($1) }
    }

    private mutating func take(_ count: Int) throws(TimeZoneError) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .truncated }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
