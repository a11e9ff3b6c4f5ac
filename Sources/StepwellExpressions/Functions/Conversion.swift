/// Conversions between types, as in cel-go; nil where there is none.
enum Conversion {
    static func int(_ argument: Value) -> Value? {
        switch argument {
        case .int: argument
        case .uint(let number): Int64(exactly: number).map { .int($0) } ?? outOfRange("int")
        case .double(let number): Int64(truncating: number).map { .int($0) } ?? outOfRange("int")
        case .string(let text):
            Int64(text).map { .int($0) }
                ?? .failure("int() was given the text '\(text.excerpt)', which is no integer")
        case .timestamp(let instant): .int(instant.seconds)
        case .duration(let span): .int(span.nanoseconds)
        default: nil
        }
    }

    static func uint(_ argument: Value) -> Value? {
        switch argument {
        case .uint: argument
        case .int(let number): UInt64(exactly: number).map { .uint($0) } ?? outOfRange("uint")
        case .double(let number): UInt64(truncating: number).map { .uint($0) } ?? outOfRange("uint")
        case .string(let text):
            UInt64(text).map { .uint($0) }
                ?? .failure("uint() was given the text '\(text.excerpt)', which is no unsigned integer")
        default: nil
        }
    }

    static func double(_ argument: Value) -> Value? {
        switch argument {
        case .double: argument
        case .int(let number): .double(Double(number))
        case .uint(let number): .double(Double(number))
        case .string(let text):
            Double(text).map { .double($0) }
                ?? .failure("double() was given the text '\(text.excerpt)', which is no number")
        default: nil
        }
    }

    /// Texts as Go's `strconv.ParseBool` takes them.
    static func bool(_ argument: Value) -> Value? {
        switch argument {
        case .bool: argument
        case .string("1"), .string("t"), .string("T"), .string("true"), .string("TRUE"), .string("True"): .bool(true)
        case .string("0"), .string("f"), .string("F"), .string("false"), .string("FALSE"), .string("False"):
            .bool(false)
        case .string(let text):
            .failure("bool() was given the text '\(text.excerpt)', which is neither true nor false")
        default: nil
        }
    }

    static func duration(_ argument: Value) -> Value? {
        switch argument {
        case .duration: argument
        case .int(let nanoseconds): .duration(Span(nanoseconds: nanoseconds))
        case .string(let text):
            SpanText.parse(text, allowingDays: false).map { .duration($0) }
                ?? .failure("'\(text.excerpt)' is no duration such as 1h30m or 2.5s")
        default: nil
        }
    }

    static func timestamp(_ argument: Value) -> Value? {
        switch argument {
        case .timestamp: argument
        case .int(let seconds): Instant(seconds: seconds).map { .timestamp($0) } ?? outOfRange("timestamp")
        case .string(let text):
            DateText.parseRFC3339(text).map { .timestamp($0) }
                ?? .failure("'\(text.excerpt)' is no time such as 2026-01-31T08:00:00Z")
        default: nil
        }
    }

    private static func outOfRange(_ type: String) -> Value { .failure("the value does not fit \(type)") }
}

extension FixedWidthInteger {
    /// The number without its fraction; nil when it does not fit.
    init?(truncating number: Double) {
        // The largest value of 64 bits is no double; the one above it is the first that does not fit.
        let isAboveMin = Self.isSigned ? number >= Double(Self.min) : number > -1
        guard isAboveMin, number < Double(Self.max) else { return nil }
        self.init(number)
    }
}
