/// The functions of one program, under one id, ready to be served.
///
/// ```swift
/// try await App(client: client, functions: [welcome, remind]).serve(port: 3000)
/// ```
public struct App: Sendable {
    /// Sends the app's events, and holds its keys.
    public let client: Client
    /// The functions, in the order given.
    public let functions: [FunctionDefinition]

    /// The id of the app.
    public var id: String { client.id }

    /// An app of `functions`, served under the id and with the keys of `client`.
    public init(client: Client, functions: [any DurableFunction]) {
        self.client = client
        self.functions = functions.map(\.definition)
    }

    /// An app of `functions` with a client from the environment.
    public init(id: String, functions: [any DurableFunction]) {
        self.init(client: Client(id: id), functions: functions)
    }
}
