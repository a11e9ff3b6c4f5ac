/// What is made a constant while an expression is built, so that evaluation does not build it again.
extension Node {
    /// A list or map of literals as a literal; every other node as it is.
    var foldingLiterals: Node {
        switch self {
        case .list(let elements):
            let values = elements.compactMap(\.literalValue)
            return values.count == elements.count ? .literal(.list(.values(values))) : self
        case .map(let entries):
            let values = entries.compactMap { entry in
                entry.key.literalValue.flatMap { key in
                    entry.value.literalValue.map { Value.Entry(key: key, value: $0) }
                }
            }
            guard values.count == entries.count, case .map(let map) = Value.Map.checked(values) else { return self }
            return .literal(.map(map))
        default: return self
        }
    }

    var literalValue: Value? {
        guard case .literal(let value) = self else { return nil }
        return value
    }

    /// `matches` with a valid literal pattern as a compiled one; every other node as it is.
    var compilingPattern: Node {
        guard case .call(let call) = self, call.function == .matches, call.arguments.count == 2,
            case .literal(.string(let source)) = call.arguments[1],
            let program = try? RegexProgram(parsing: source)
        else { return self }
        return .matches(
            call.arguments[0],
            Pattern(source: source, program: program, isReceiverCall: call.hasReceiver, offset: call.offset))
    }
}
