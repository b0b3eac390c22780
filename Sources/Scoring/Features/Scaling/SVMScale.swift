/// The ranges that `svm-scale` wrote, with its arithmetic.
package struct SVMScale: Sendable, Equatable {
    /// One feature's bounds in the training data.
    package struct Bounds: Sendable, Equatable {
        package let lowest: Double
        package let highest: Double

        package init(lowest: Double, highest: Double) {
            self.lowest = lowest
            self.highest = highest
        }
    }

    /// What the lowest becomes.
    package let lower: Double
    /// What the highest becomes.
    package let upper: Double
    /// By feature, from index 0; nil for one that the file leaves out, which becomes 0.
    package let bounds: [Bounds?]

    package init(lower: Double, upper: Double, bounds: [Bounds?]) {
        self.lower = lower
        self.upper = upper
        self.bounds = bounds
    }
}
