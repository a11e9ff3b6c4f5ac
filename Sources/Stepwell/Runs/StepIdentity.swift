/// Which step it is: the name that the function gave it, and how often that name had come before.
struct StepIdentity: Sendable, Hashable {
    let name: String
    /// 0 for the first step of that name.
    let index: Int
    let hash: StepHash

    init(name: String, index: Int) {
        self.name = name
        self.index = index
        hash = StepHash(of: index == 0 ? name : "\(name):\(index)")
    }
}
