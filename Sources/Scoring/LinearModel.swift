/// A hyperplane between two classes: one weight a feature, and a constant.
package struct LinearModel: Sendable, Equatable {
    /// The two classes as the file prints them; the first is what a high decision means.
    package let classes: [String]
    /// One weight for each feature of the featurizer's space, 0 where the file has none.
    package let weights: [Double]
    /// What is added to every decision: for LIBLINEAR the bias times its weight.
    package let intercept: Double
    /// Whether the decision is the log-odds of the first class.
    package let isLogistic: Bool

    package init(
        classes: [String], weights: [Double], intercept: Double, isLogistic: Bool
    ) {
        self.classes = classes
        self.weights = weights
        self.intercept = intercept
        self.isLogistic = isLogistic
    }
}
