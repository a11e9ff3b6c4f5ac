/// Which step it is: the name that the function gave it, and how often that name had come before.
struct StepIdentity: Sendable, Hashable {
    let name: String
    /// 0 for the first step of that name.
    let index: Int
    let hash: StepHash

    /// No other step of the run has the same.
    var text: String { Self.text(name, index) }

    init(name: String, index: Int) {
        self.name = name
        self.index = index
        hash = StepHash(of: Self.text(name, index))
    }

    private static func text(_ name: String, _ index: Int) -> String { index == 0 ? name : "\(name):\(index)" }
}
