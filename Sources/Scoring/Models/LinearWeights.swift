/// One hyperplane a decision.
package struct LinearWeights: Sendable, Equatable {
    /// Of feature `j` and decision `r` at `j * rows + r`: what a feature weighs lies side by side.
    package let weights: [Double]
    /// What is added to each decision; for LIBLINEAR the bias times its weight.
    package let intercepts: [Double]

    /// - Precondition: there is an intercept, and the weights are a multiple of the intercepts.
    package init(weights: [Double], intercepts: [Double]) {
        precondition(
            !intercepts.isEmpty && weights.count.isMultiple(of: intercepts.count),
            "weights and intercepts do not go together")
        self.weights = weights
        self.intercepts = intercepts
    }

    package var rows: Int { intercepts.count }
    package var featureCount: Int { weights.count / intercepts.count }
}
