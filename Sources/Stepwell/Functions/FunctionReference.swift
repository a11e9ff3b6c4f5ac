/// A function that is not at hand as a value: one of another app, or written in another language.
///
/// `Output` is a `Codable` type, or `Void` for a function whose result is not looked at.
/// `step.invoke("price", FunctionReference<Basket, Price>("calculate-price", app: "shop"), with: basket)`
public struct FunctionReference<Input: Codable & Sendable, Output: Sendable>: Sendable, Hashable {
    /// The function's id within its app.
    public let id: String
    /// The app's id. Default: the app of the function that invokes it.
    public let app: String?

    /// Names a function by its id, and its app if that is another one.
    public init(_ id: String, app: String? = nil) {
        self.id = id
        self.app = app
    }
}
