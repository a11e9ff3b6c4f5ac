/// Why a text is no acceptable expression: what was expected, what stands there, and where.
package struct ExpressionError: Error, Hashable, CustomStringConvertible {
    package let message: String
    /// The line of the offending place, from 1.
    package let line: Int
    /// Its column in Unicode scalars, from 1.
    package let column: Int

    package init(message: String, line: Int, column: Int) {
        self.message = message
        self.line = line
        self.column = column
    }

    /// An error at a byte offset of `source`.
    init(_ message: String, at offset: Int, of source: String) {
        var line = 1
        var column = 1
        for code in source.utf8.prefix(offset) {
            if code == 0x0A {
                line += 1
                column = 1
            } else if code & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(message: message, line: line, column: column)
    }

    package var description: String { "line \(line), column \(column): \(message)" }
}
