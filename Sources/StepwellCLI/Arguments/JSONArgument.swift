import StepwellModel

/// JSON that people give: on the command line, in a file or by standard input.
enum JSONArgument {
    /// What the server takes in one request.
    private static let bytesMax = 32 << 20

    /// - Parameters:
    ///   - given: JSON, `@FILE`, or `-` for standard input; nil for nothing, which gives nil.
    ///   - flag: The option that it was given with, for messages.
    static func read(
        _ given: String?, of flag: String, in context: CommandContext
    ) throws(CommandFailure) -> RawJSON? {
        guard let given else { return nil }
        let bytes: [UInt8]
        let origin: String
        do throws(FileError) {
            if given == "-" {
                origin = "standard input"
                bytes = try context.terminal.readInput(bytesMax: bytesMax)
            } else if given.hasPrefix("@") {
                origin = String(given.dropFirst())
                bytes = try TextFile.read(context.absolute(origin), bytesMax: bytesMax)
            } else {
                origin = flag
                bytes = Array(given.utf8)
            }
        } catch {
            throw .usage("SW0521: the data of \(flag) \(given) cannot be read: \(error.reason).")
        }
        do throws(JSONError) {
            return try RawJSON(validating: bytes)
        } catch {
            throw .usage("SW0521: \(origin) holds no valid data: \(error). Write JSON, such as {\"id\": 7}.")
        }
    }
}
