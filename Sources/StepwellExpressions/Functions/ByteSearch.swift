/// Finds a text in another in time linear in both, whatever they are (Knuth, Morris, Pratt).
struct ByteSearch {
    private let needle: [UInt8]
    /// For each prefix of the needle the length of its longest proper border.
    private let borders: [Int]

    init(for needle: String) {
        let needle = Array(needle.utf8)
        var borders = [Int](repeating: 0, count: needle.count)
        var border = 0
        for index in needle.indices.dropFirst() {
            while border > 0, needle[index] != needle[border] { border = borders[border - 1] }
            if needle[index] == needle[border] { border += 1 }
            borders[index] = border
        }
        self.needle = needle
        self.borders = borders
    }

    func isFound(in text: String) -> Bool {
        if needle.isEmpty { return true }
        var matched = 0
        for code in text.utf8 {
            while matched > 0, code != needle[matched] { matched = borders[matched - 1] }
            if code == needle[matched] { matched += 1 }
            if matched == needle.count { return true }
        }
        return false
    }
}
