/// What is refused at registration although it parses.
extension Node {
    /// What is wrong, and where.
    struct Objection: Error {
        var message: String
        var offset: SourceOffset
    }

    /// A name that is none of `variables`, a function that does not exist or does not take these arguments, or a regular
    /// expression that is none.
    func undefinedReference(variables: Set<String>) -> Objection? {
        firstObjection { node in
            switch node {
            case .path(let path): path.objection(variables: variables)
            case .call(let call): call.objection
            default: nil
            }
        }
    }

    /// The restrictive policy for `cancel[].if` and waits: comparisons, logic, members and `in`; of functions int(),
    /// uint() and double().
    var restrictedPart: Objection? {
        firstObjection { node in
            switch node {
            case .comprehension(let macro):
                Objection(message: "the macro \(macro.kind.rawValue)() is not allowed here", offset: macro.offset)
            case .has(let operand, _):
                Objection(message: "the macro has() is not allowed here", offset: operand.offset)
            case .matches(_, let pattern):
                Objection(message: "the function matches() is not allowed here", offset: pattern.offset)
            case .call(let call) where ![.int, .uint, .double].contains(call.function):
                Objection(message: "the function \(call.name)() is not allowed here", offset: call.offset)
            case .negate(let operand):
                Objection(message: "arithmetic ('-') is not allowed here", offset: operand.offset)
            case .binary(let operation, let left, _) where !operation.isRelation:
                Objection(message: "arithmetic ('\(operation.rawValue)') is not allowed here", offset: left.offset)
            default: nil
            }
        }
    }

    /// Where the node stands, as far as it or a part of it knows.
    private var offset: SourceOffset {
        switch self {
        case .path(let path): path.offset
        case .call(let call): call.offset
        case .matches(_, let pattern): pattern.offset
        case .comprehension(let macro): macro.range.offset
        default: children.lazy.map(\.offset).first { $0.bytes > 0 } ?? SourceOffset(0)
        }
    }
}

extension Node.Path {
    fileprivate func objection(variables: Set<String>) -> Node.Objection? {
        if case .local = root { return nil }
        guard !variables.contains(root.name) else { return nil }
        let known = variables.sorted().joined(separator: ", ")
        return Node.Objection(message: "unknown name '\(root.name)'; the variables here are: \(known)", offset: offset)
    }
}

extension Node.Call {
    fileprivate var objection: Node.Objection? {
        guard let function, function != .interpolationFailure else {
            return Node.Objection(message: "there is no function '\(name)()'", offset: offset)
        }
        if let objection = function.objection(toArguments: arguments.count, hasReceiver: hasReceiver) {
            return Node.Objection(message: objection, offset: offset)
        }
        // A valid pattern would have been compiled.
        guard function == .matches, case .literal(.string(let source)) = arguments[1] else { return nil }
        do {
            _ = try RegexProgram(parsing: source)
            return nil
        } catch {
            return Node.Objection(message: error.message, offset: offset)
        }
    }
}
