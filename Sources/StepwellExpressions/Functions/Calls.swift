/// Calls of functions.
extension Evaluator {
    mutating func value(of call: Node.Call) throws(EvaluationError) -> Value {
        guard let function = call.function else { return .failure("there is no function \(call.name)()") }
        if let objection = function.objection(toArguments: call.arguments.count, hasReceiver: call.hasReceiver) {
            return .failure(objection)
        }
        guard let first = call.arguments.first else { return .timestamp(Instant(scope.now)) }
        let argument = try value(of: first)
        if case .error = argument { return argument }
        guard call.arguments.count > 1 else { return try apply(function, to: argument) }
        let second = try value(of: call.arguments[1])
        if case .error = second { return second }
        return try apply(function, to: argument, second)
    }

    /// Of what is unknown the size is 0, and every other function is false.
    private mutating func apply(_ function: Function, to argument: Value) throws(EvaluationError) -> Value {
        if case .unknown = argument { return function == .size ? .int(0) : .bool(false) }
        if case .string(let text) = argument { try budget.spend(bytes: text.utf8.count) }
        let result: Value? =
            switch function {
            case .size: size(of: argument)
            case .int: Conversion.int(argument)
            case .uint: Conversion.uint(argument)
            case .double: Conversion.double(argument)
            case .bool: Conversion.bool(argument)
            case .string: try string(argument)
            case .bytes: bytes(argument)
            case .duration: Conversion.duration(argument)
            case .timestamp: Conversion.timestamp(argument)
            case .type: argument.type.map { .type($0) }
            case .dyn: argument
            case .lowercase, .uppercase: try changedCase(of: argument, toUpper: function == .uppercase)
            case .b64decode: try decodedBase64(argument)
            case .jsonParse: try parsedJSON(argument)
            case .date: DateText.instant(from: argument)
            case .nowPlus, .nowMinus: shiftedNow(by: argument, isPlus: function == .nowPlus)
            case .interpolationFailure: .failure(argument.goText)
            default: TimePart(function).map { $0.value(of: argument, zone: nil) } ?? nil
            }
        return result ?? .failure("\(function.rawValue)() has no meaning for \(argument.typeName)")
    }

    private mutating func apply(
        _ function: Function, to first: Value, _ second: Value
    ) throws(EvaluationError) -> Value {
        switch (function, first, second) {
        case (_, .unknown, _), (_, _, .unknown): return .bool(false)
        case (.matches, _, .string(let pattern)): return try matches(first, pattern: pattern)
        case (_, .string(let text), .string(let other)):
            try budget.spend(1 + (text.utf8.count + other.utf8.count) >> 4)
            switch function {
            case .contains: return .bool(ByteSearch(for: other).isFound(in: text))
            case .startsWith: return .bool(text.utf8.starts(with: other.utf8))
            case .endsWith: return .bool(text.utf8.reversed().starts(with: other.utf8.reversed()))
            default: break
            }
        case (_, _, .string(let zone)):
            if let result = TimePart(function)?.value(of: first, zone: zone) { return result }
        default: break
        }
        return .failure("\(function.rawValue)() has no meaning for \(first.typeName) and \(second.typeName)")
    }

    private func shiftedNow(by argument: Value, isPlus: Bool) -> Value? {
        let span: Span
        switch argument {
        case .duration(let given): span = given
        case .string(let text):
            guard let parsed = SpanText.parse(text, allowingDays: true) else {
                return .failure("'\(text.excerpt)' is no duration such as 24h, 90m or 1d12h")
            }
            span = parsed
        default: return nil
        }
        let now = Instant(scope.now)
        let shifted = isPlus ? now.adding(span) : now.subtracting(span)
        return shifted.map { .timestamp($0) } ?? .failure("the time is outside of the years 1 to 9999")
    }
}

// MARK: - Texts

extension Evaluator {
    private func size(of argument: Value) -> Value? {
        switch argument {
        case .string(let text): return .int(Int64(text.unicodeScalars.count))
        case .bytes(let bytes): return .int(Int64(bytes.count))
        case .list(let list): return .int(Int64(list.count))
        case .map(let map): return .int(Int64(map.count))
        default: return nil
        }
    }

    /// As Go does it: scalar by scalar, and only where one scalar becomes one.
    private mutating func changedCase(of argument: Value, toUpper: Bool) throws(EvaluationError) -> Value? {
        guard case .string(let text) = argument else { return nil }
        try budget.spend(1 + text.utf8.count >> 3)
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                result.append(Self.changedCase(of: scalar, toUpper: toUpper))
                continue
            }
            try budget.spend()
            let mapping = toUpper ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
            let mapped = mapping.unicodeScalars
            result.append(mapped.count == 1 ? mapped.first ?? scalar : scalar)
        }
        return .string(String(result))
    }

    private static func changedCase(of ascii: Unicode.Scalar, toUpper: Bool) -> Unicode.Scalar {
        let isOther = toUpper ? ("a"..."z").contains(ascii) : ("A"..."Z").contains(ascii)
        return isOther ? Unicode.Scalar(UInt8(ascii.value) ^ 0x20) : ascii
    }

    private mutating func decodedBase64(_ argument: Value) throws(EvaluationError) -> Value? {
        guard case .string(let text) = argument else { return nil }
        try budget.spend(1 + text.utf8.count >> 4)
        guard let bytes = Base64.decode(text) else { return .failure("b64decode() was given no valid base 64") }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            return .failure("b64decode() gave bytes that are not UTF-8")
        }
        return .string(decoded)
    }

    private mutating func string(_ argument: Value) throws(EvaluationError) -> Value? {
        switch argument {
        case .string: return argument
        case .bool, .int, .uint, .double: return .string(argument.goText)
        case .timestamp(let instant): return .string(instant.text)
        case .duration(let span): return .string(span.secondsText)
        case .bytes(let bytes):
            try budget.spend(bytes: bytes.count)
            return String(validating: bytes, as: UTF8.self).map { .string($0) }
                ?? .failure("string() was given bytes that are not UTF-8")
        default: return nil
        }
    }

    private func bytes(_ argument: Value) -> Value? {
        switch argument {
        case .bytes: return argument
        case .string(let text): return .bytes(Array(text.utf8))
        default: return nil
        }
    }
}

// MARK: - Regular expressions

extension Evaluator {
    /// `matches` with a pattern that is known only now.
    private mutating func matches(_ subject: Value, pattern: String) throws(EvaluationError) -> Value {
        let program: RegexProgram
        do {
            program = try RegexProgram(parsing: pattern)
        } catch {
            // How far it came is not known, so the most is paid.
            try budget.spend(Limits.regexInstructionsMax)
            return .failure("matches(): \(error.message)")
        }
        try budget.spend(1 + pattern.utf8.count + program.instructions.count)
        return try matches(subject, program)
    }

    mutating func matches(_ subject: Value, _ program: RegexProgram) throws(EvaluationError) -> Value {
        switch subject {
        case .string(let text):
            var matcher = RegexMatcher(program)
            return .bool(try matcher.isMatch(in: text, budget: &budget))
        case .unknown: return .bool(false)
        case .error: return subject
        default: return .failure("matches() has no meaning for \(subject.typeName)")
        }
    }
}
