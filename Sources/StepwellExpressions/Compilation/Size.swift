import StepwellModel

/// How long a tree's text may become, found out before it is written.
extension Node {
    func isWritable(inBytes bytesMax: Int) -> Bool {
        var left = bytesMax
        return pay(from: &left)
    }

    /// Operators, parentheses and names are what the user wrote, within the limit of that; literals are counted.
    private func pay(from left: inout Int) -> Bool {
        if case .literal(let value) = self { return value.pay(from: &left) }
        left -= 16
        return left >= 0 && children.allSatisfy { $0.pay(from: &left) }
    }
}

extension Value {
    fileprivate func pay(from left: inout Int) -> Bool {
        left -= 28
        guard left >= 0 else { return false }
        switch self {
        case .string(let text): left -= Self.quotedBytes(text)
        case .bytes(let bytes): left -= 4 * bytes.count
        case .list(let list):
            for index in 0..<list.count where !list[index].pay(from: &left) { return false }
        case .map(let map):
            for entry in map.entries where !(entry.key.pay(from: &left) && entry.value.pay(from: &left)) {
                return false
            }
        default: break
        }
        return left >= 0
    }

    private static func quotedBytes(_ text: String) -> Int {
        text.utf8.reduce(0) { sum, code in
            switch code {
            case 0x22, 0x5C: sum + 2
            case ..<0x20, 0x7F: sum + 4
            default: sum + 1
            }
        }
    }
}
