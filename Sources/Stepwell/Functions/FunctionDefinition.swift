import StepwellModel

/// Any ``Function``, whatever it takes and returns.
public protocol DurableFunction: Sendable {
    /// What the app and the server need to know of the function.
    var definition: FunctionDefinition { get }
}

/// A function without its types: id, triggers, options, and a body from bytes to bytes.
public struct FunctionDefinition: Sendable {
    typealias Body = @Sendable (_ events: [JSONSlice], _ step: Step) async throws -> RawJSON

    /// The id within its app.
    public let id: String
    /// What starts it.
    public let triggers: [Trigger]
    /// Retries, limits and the like.
    public let options: FunctionOptions

    let body: Body
    /// What to do when a run has failed for good.
    var failure: Body?

    init(id: String, triggers: [Trigger], options: FunctionOptions, body: @escaping Body) {
        self.id = id
        self.triggers = triggers
        self.options = options
        self.body = body
    }

    static func encode(_ output: some Encodable, resultOf id: String) throws(StepwellError) -> RawJSON {
        let json: RawJSON
        do {
            json = try Codec.encode(output)
        } catch {
            throw StepwellError(.valueUnencodable, "what '\(id)' returned cannot be written as JSON: \(error)")
        }
        guard json.count <= StepResult.byteCountMax else {
            throw StepwellError(
                .resultTooLarge,
                "function '\(id)' returned \(json.count) bytes of JSON; at most \(StepResult.byteCountMax) can be "
                    + "recorded. Store the result elsewhere and return a reference to it.")
        }
        return json
    }
}
