import StepwellModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Between `Codable` values and JSON bytes. Dates are ISO 8601 texts; numbers are read as milliseconds since 1970.
enum Codec {
    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(DateText.format(Timestamp(date)))
        }
        return encoder
    }()

    private static let decoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            if let milliseconds = try? container.decode(Double.self) {
                return Date(timeIntervalSince1970: milliseconds / 1_000)
            }
            let text = try container.decode(String.self)
            if let time = DateText.parse(text) { return time.date }
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no ISO 8601 date")
        }
        return decoder
    }()

    static func encode(_ value: some Encodable) throws -> RawJSON {
        RawJSON(validated: Array(try encoder.encode(value)))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from json: JSONSlice) throws -> Value {
        try decode(type, from: json.bytes)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: ArraySlice<UInt8>) throws -> Value {
        try decoder.decode(type, from: Data(bytes))
    }

    /// What a decoding error says, on one line and with the path to the value.
    static func explain(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, let context): return "no member '\(key.stringValue)'\(place(context))"
        case .valueNotFound(let type, let context): return "null where \(type) is expected\(place(context))"
        case .typeMismatch(let type, let context): return "no \(type)\(place(context))"
        case .dataCorrupted(let context): return context.debugDescription + place(context)
        @unknown default: return "\(error)"
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        context.codingPath.isEmpty ? "" : " at \(context.codingPath.map(\.stringValue).joined(separator: "."))"
    }
}
