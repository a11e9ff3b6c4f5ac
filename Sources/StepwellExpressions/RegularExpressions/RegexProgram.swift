/// A regular expression compiled for Thompson's simulation (Cox, "Regular Expression Matching Can Be Simple And Fast").
struct RegexProgram: Sendable {
    enum Instruction: Sendable {
        case scalar(ScalarSet)
        case assertion(RegexAssertion)
        case split(Int, Int)
        case jump(Int)
        case match
    }

    private(set) var instructions: [Instruction] = []

    /// Parts that were emitted, also those that need no instruction.
    private var emitted = 0

    init(parsing source: String) throws(RegexError) {
        guard source.utf8.count <= Limits.sourceBytesMax else {
            throw RegexError(message: "the regular expression is longer than \(Limits.sourceBytesMax) bytes")
        }
        try emit(try RegexParser.parse(source))
        try append(.match)
    }

    private mutating func append(_ instruction: Instruction) throws(RegexError) {
        guard instructions.count < Limits.regexInstructionsMax else { throw Self.tooLarge }
        instructions.append(instruction)
    }

    private static let tooLarge = RegexError(
        message: "the regular expression is too large once its repetitions are unfolded")

    private mutating func emit(_ node: RegexNode) throws(RegexError) {
        emitted += 1
        guard emitted <= 2 * Limits.regexInstructionsMax else { throw Self.tooLarge }
        switch node {
        case .set(let set): try append(.scalar(set))
        case .assertion(let assertion): try append(.assertion(assertion))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .alternatives(let nodes): try emit(alternatives: nodes)
        case .repetition(let node, let least, let most):
            for _ in 0..<least { try emit(node) }
            if let most {
                try emit(node, optionally: most - least)
            } else {
                try emit(loop: node)
            }
        }
    }

    private mutating func emit(alternatives nodes: [RegexNode]) throws(RegexError) {
        var exits: [Int] = []
        for (index, node) in nodes.enumerated() {
            guard index + 1 < nodes.count else {
                try emit(node)
                break
            }
            let split = instructions.count
            try append(.split(split + 1, 0))
            try emit(node)
            exits.append(instructions.count)
            try append(.jump(0))
            instructions[split] = .split(split + 1, instructions.count)
        }
        for exit in exits { instructions[exit] = .jump(instructions.count) }
    }

    private mutating func emit(loop node: RegexNode) throws(RegexError) {
        let split = instructions.count
        try append(.split(split + 1, 0))
        try emit(node)
        try append(.jump(split))
        instructions[split] = .split(split + 1, instructions.count)
    }

    private mutating func emit(_ node: RegexNode, optionally times: Int) throws(RegexError) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(instructions.count)
            try append(.split(instructions.count + 1, 0))
            try emit(node)
        }
        for split in splits { instructions[split] = .split(split + 1, instructions.count) }
    }
}
