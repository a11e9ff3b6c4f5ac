import Testing

@testable import StepwellModel

/// Laws that hold for every JSON text, tried on generated ones. A failure names the seed.
struct JSONPropertyTests {
    @Test(arguments: 0..<20) func `all ways to write a value have one canonical form`(block: UInt64) throws {
        for seed in (block * 100)..<(block * 100 + 100) {
            var generator = GeneratedJSON(seed: seed)
            let value = generator.value()
            let texts = (0..<3).map { _ in Array(generator.text(of: value).utf8) }
            let forms = try texts.map { try CanonicalJSON(validating: $0) }
            let form = forms[0]
            #expect(forms.allSatisfy { $0.json.bytes == form.json.bytes && $0.losses.isEmpty }, "seed \(seed)")
            #expect(form.json.isCanonical, "seed \(seed)")
            #expect(isSorted(form.json.slice), "seed \(seed)")
            #expect(try CanonicalJSON(validating: form.json.bytes).json == form.json, "seed \(seed)")
            #expect(try same(JSONValue(parsing: texts[1]), JSONValue(parsing: form.json.bytes)), "seed \(seed)")
            #expect(try same(value, JSONValue(parsing: value.raw.bytes)), "seed \(seed)")
        }
    }

    @Test(arguments: 0..<20) func `text that was damaged is refused or still JSON, and never crashes`(block: UInt64)
        throws
    {
        for seed in (block * 100)..<(block * 100 + 100) {
            var generator = GeneratedJSON(seed: seed)
            let value = generator.value()
            var text = Array(generator.text(of: value).utf8)
            for _ in 0...generator.below(3) {
                let place = generator.below(text.count)
                switch generator.below(3) {
                case 0: text[place] = UInt8(truncatingIfNeeded: generator.next())
                case 1: text.remove(at: place)
                default: text.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
                }
                if text.isEmpty { text = [0x5B] }
            }
            let isValid = (try? JSONScanner.validate(text)) != nil
            #expect((try? CanonicalJSON(validating: text)) != nil || !isValid, "seed \(seed)")
            // What nobody should do: use bytes as JSON that are none.
            let unchecked = RawJSON(validated: text)
            _ = CanonicalJSON(unchecked)
            _ = unchecked.value
            if isValid {
                #expect(
                    CanonicalJSON(unchecked).json.isCanonical || text.contains(UInt8(ascii: "\\")) || hasOverflow(text))
            }
        }
    }

    /// Integers and doubles of one value are the same here.
    private func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { same($0, $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.members.allSatisfy { member in right[member.name].map { same(member.value, $0) } ?? false }
        default: left == right || left.doubleValue != nil && left.doubleValue == right.doubleValue
        }
    }

    /// Whether all members are in the order of their names' UTF-16 code units, by another way than ours.
    private func isSorted(_ slice: JSONSlice) -> Bool {
        if let elements = slice.elements { return elements.allSatisfy(isSorted) }
        guard let members = slice.members else { return true }
        let names = members.map { Array($0.name.utf16) }
        return members.allSatisfy { isSorted($0.value) }
            && zip(names, names.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
    }

    private func hasOverflow(_ text: [UInt8]) -> Bool {
        (try? CanonicalJSON(validating: text))?.losses.contains(.overflow) == true
    }
}
