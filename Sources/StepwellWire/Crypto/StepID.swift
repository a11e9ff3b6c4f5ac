/// The ids by which the protocol knows steps: SHA-1 of the id that the user gave, in hexadecimal (PROTOCOL §3.3).
package enum StepID {
    /// The id of the step called `id` when it occurs for the nth time, from 0.
    package static func hashed(_ id: String, repetition: Int = 0) -> String {
        Hex.encode(SecureHash.sha1(repetition == 0 ? id : "\(id):\(repetition)"))
    }
}
