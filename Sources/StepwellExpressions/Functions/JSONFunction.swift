import StepwellModel

/// `json_parse`.
extension Evaluator {
    mutating func parsedJSON(_ argument: Value) throws(EvaluationError) -> Value? {
        guard case .string(let text) = argument else { return nil }
        try budget.spend(1 + text.utf8.count >> 3)
        do {
            return Value(try RawJSON(validating: Array(text.utf8)).slice)
        } catch {
            return .failure("json_parse(): \(error)")
        }
    }
}

extension Value {
    /// The value of a valid text. Objects become maps directly, in linear time; of repeated names the last one counts.
    fileprivate init(_ slice: JSONSlice) {
        switch slice.kind {
        case .array:
            var elements: [Value] = []
            slice.forEachElement { elements.append(Value($0)) }
            self = .list(.values(elements))
        case .object:
            var entries: [Entry] = []
            var places: [ExactString: Int] = [:]
            slice.forEachMember { name, value in
                let key = name.string
                let entry = Entry(key: .string(key), value: Value(value))
                if let place = places[ExactString(key)] {
                    entries[place] = entry
                } else {
                    places[ExactString(key)] = entries.count
                    entries.append(entry)
                }
            }
            self = .map(.entries(entries))
        default: self.init(JSONValue(slice))
        }
    }
}
