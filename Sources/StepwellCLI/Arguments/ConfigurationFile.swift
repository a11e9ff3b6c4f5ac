import Glibc
import StepwellModel

/// Settings in a JSON file: an object whose members are named like flags.
struct ConfigurationFile: Sendable {
    static let name = "stepwell.json"
    /// More than this is no file of settings.
    private static let bytesMax = 1 << 20

    var path: String
    /// By option, in the form in which a flag would have given them.
    var texts: [String: [String]]

    /// The file that holds for a directory: in it or above it, else in `~/.config/stepwell`; nil when there is none.
    static func find(from directory: String, home: String?) -> String? {
        var folder = directory
        while true {
            let candidate = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
            if access(candidate, F_OK) == 0 { return candidate }
            guard folder != "/", let slash = folder.lastIndex(of: "/") else { break }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
        guard let home else { return nil }
        let candidate = "\(home)/.config/stepwell/\(name)"
        return access(candidate, F_OK) == 0 ? candidate : nil
    }

    /// Reads a file. Every key must be an option of some command.
    init(path: String, options: [OptionDeclaration]) throws(CommandFailure) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try TextFile.read(path, bytesMax: Self.bytesMax)
        } catch {
            throw .usage("SW0522: the configuration file \(path) cannot be read: \(error.reason).")
        }
        try self.init(path: path, bytes: bytes, options: options)
    }

    init(path: String, bytes: [UInt8], options: [OptionDeclaration]) throws(CommandFailure) {
        self.path = path
        texts = [:]
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw .usage("SW0522: \(path): \(error). It must be a JSON object such as {\"port\": 8288}.")
        }
        guard let members = value.objectValue?.members else {
            throw .usage("SW0522: \(path) must be a JSON object such as {\"port\": 8288}.")
        }
        let settings = options.filter(\.isSetting)
        for (key, value) in members {
            guard let option = settings.first(where: { $0.name == key }) else {
                let hint = Suggestion.sentence(for: key, among: settings.map(\.name)) { "\"\($0)\"" }
                throw .usage("SW0522: \(path) has the key \"\(key)\", which is no setting.\(hint)")
            }
            texts[key] = try Self.texts(of: value, option, path)
        }
    }

    private static func texts(
        of value: JSONValue, _ option: OptionDeclaration, _ path: String
    ) throws(CommandFailure) -> [String] {
        if case .array(let elements) = value, option.isList {
            let texts = elements.compactMap(text)
            if texts.count == elements.count { return texts }
        } else if let text = text(value) {
            return [text]
        }
        let wanted = option.isSwitch ? "true or false" : option.isList ? "an array of texts" : "a text or a number"
        throw .usage("SW0522: \"\(option.name)\" in \(path) must be \(wanted).")
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .double(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        default: nil
        }
    }
}
