/// Finds the end of an answer among the bytes that came.
enum AnswerScanner {
    struct Answer {
        var status: Int
        var headBytes: Int
        var bodyBytes: Int
        var count: Int { headBytes + bodyBytes }
    }

    private static let end = Array("\r\n\r\n".utf8)
    private static let lengthName = Array("content-length:".utf8)

    /// Nil while the head is not complete.
    static func scan(_ bytes: UnsafeRawBufferPointer) -> Answer? {
        guard bytes.count >= 16 else { return nil }
        let status = (9..<12).reduce(0) { $0 * 10 + Int(bytes[$1]) - 48 }
        var place = 12
        while place + end.count <= bytes.count, !matches(end, bytes, at: place) { place += 1 }
        guard place + end.count <= bytes.count else { return nil }
        let head = place + end.count
        return Answer(status: status, headBytes: head, bodyBytes: length(bytes, head))
    }

    private static func length(_ bytes: UnsafeRawBufferPointer, _ head: Int) -> Int {
        var place = 0
        while place + lengthName.count < head {
            if bytes[place] == 10, matches(lengthName, bytes, at: place + 1) {
                var digit = place + 1 + lengthName.count
                while bytes[digit] == 32 { digit += 1 }
                var length = 0
                while (48...57).contains(bytes[digit]) {
                    length = length * 10 + Int(bytes[digit]) - 48
                    digit += 1
                }
                return length
            }
            place += 1
        }
        return 0
    }

    /// In either case of letters.
    private static func matches(_ text: [UInt8], _ bytes: UnsafeRawBufferPointer, at place: Int) -> Bool {
        guard place + text.count <= bytes.count else { return false }
        for index in text.indices {
            let byte = bytes[place + index]
            let lower = (65...90).contains(byte) ? byte | 32 : byte
            if lower != text[index] { return false }
        }
        return true
    }
}
