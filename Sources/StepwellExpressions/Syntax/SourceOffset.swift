/// Where a node stood in its source, in bytes, for error messages.
///
/// Two trees are the same wherever their parts were written, so every offset equals every other.
struct SourceOffset: Sendable, Equatable {
    let bytes: Int

    init(_ bytes: Int) { self.bytes = bytes }

    static func == (left: SourceOffset, right: SourceOffset) -> Bool { true }
}
