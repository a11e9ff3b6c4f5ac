extension JSONText {
    /// Compares two names in RFC 8785's order, that of their UTF-16 code units: below, at or above 0.
    ///
    /// The sources are as ``CanonicalWriter`` writes them, so that equal characters have equal bytes and nothing needs to
    /// be decoded but the first difference.
    static func order(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        let common = min(left.count, right.count)
        var index = 0
        // Where the escape that `index` is in began; a difference inside one says nothing by itself.
        var escapeStart = 0
        var escapeEnd = 0
        while index < common, left[index] == right[index] {
            if left[index] == UInt8(ascii: "\\"), index >= escapeEnd {
                escapeStart = index
                escapeEnd = index + (index + 1 < left.count && left[index + 1] == UInt8(ascii: "u") ? 6 : 2)
            }
            index += 1
        }
        if index == common { return left.count - right.count }
        if index < escapeEnd { return unit(left, at: escapeStart) - unit(right, at: escapeStart) }
        let (one, other) = (left[index], right[index])
        if one == UInt8(ascii: "\\") || other == UInt8(ascii: "\\") {
            let difference = unit(left, at: index) - unit(right, at: index)
            return difference != 0 ? difference : order(utf16(left), utf16(right))
        }
        // UTF-8 sorts as UTF-16 does, but for characters beyond U+FFFF, whose surrogates come before U+E000…U+FFFF.
        if one >= 0xF0, (0xEE...0xEF).contains(other) { return -1 }
        if other >= 0xF0, (0xEE...0xEF).contains(one) { return 1 }
        return Int(one) - Int(other)
    }

    /// The first code unit of the character or escape at `index`.
    private static func unit(_ source: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        var next = index
        if source[index] == UInt8(ascii: "\\") {
            return index + 1 < source.count ? Int(escaped(source, at: &next)) : 0x5C
        }
        let end = min(index + 4, source.count)
        let character = String(decoding: UnsafeBufferPointer(rebasing: source[index..<end]), as: UTF8.self)
        return character.utf16.first.map { Int($0) } ?? 0
    }

    /// For the one case left: a lone surrogate against the first half of a pair.
    private static func order(_ left: [UInt16], _ right: [UInt16]) -> Int {
        for (one, other) in zip(left, right) where one != other { return Int(one) - Int(other) }
        return left.count - right.count
    }
}
