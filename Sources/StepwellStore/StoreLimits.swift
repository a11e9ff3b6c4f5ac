/// Bounds that every store shares, since the widest of them shows in keys.
package enum StoreLimits {
    /// A step's key is its run's key and, in the lowest 14 bits, its position.
    package static let stepPositionBits = 14
    package static let stepsPerRun = 1 << stepPositionBits
}
