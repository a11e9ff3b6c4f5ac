/// Who answers a request for inference, and how it wants to be asked.
///
/// It holds a key, which is sent to the server with the step, and is shown by neither of them.
public struct InferenceProvider: Sendable {
    /// How the key is shown to the provider.
    public enum Format: String, Sendable, Hashable {
        /// `Authorization: Bearer KEY`, as OpenAI and many others have it.
        case openAIChat = "openai-chat"
        /// `x-api-key: KEY`.
        case anthropic
        /// `?key=KEY`.
        case gemini
    }

    let url: String
    let format: Format
    let key: String
    let headers: [String: String]

    /// A provider at any URL.
    ///
    /// - Parameters:
    ///   - url: where the request is posted.
    ///   - format: how the key is shown.
    ///   - key: the key.
    ///   - headers: further headers. Default: none.
    public init(url: String, format: Format, key: String, headers: [String: String] = [:]) {
        self.url = url
        self.format = format
        self.key = key
        self.headers = headers
    }

    /// Chat completions of OpenAI, or of anybody who has the same API at another `baseURL`.
    public static func openAI(key: String, baseURL: String = "https://api.openai.com/v1") -> InferenceProvider {
        InferenceProvider(url: "\(baseURL)/chat/completions", format: .openAIChat, key: key)
    }

    /// Messages of Anthropic.
    public static func anthropic(
        key: String, baseURL: String = "https://api.anthropic.com/v1"
    ) -> InferenceProvider {
        InferenceProvider(
            url: "\(baseURL)/messages", format: .anthropic, key: key, headers: ["anthropic-version": "2023-06-01"])
    }

    /// Content of a model of Gemini.
    public static func gemini(
        model: String, key: String, baseURL: String = "https://generativelanguage.googleapis.com/v1beta"
    ) -> InferenceProvider {
        InferenceProvider(url: "\(baseURL)/models/\(model):generateContent", format: .gemini, key: key)
    }
}

extension InferenceProvider: CustomStringConvertible, CustomReflectable {
    /// Without the key.
    public var description: String { "InferenceProvider(\(format.rawValue), \(url))" }
    /// Nothing, so that no dump shows the key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
