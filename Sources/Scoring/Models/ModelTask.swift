/// What a model does.
package enum ModelTask: String, Sendable {
    /// Chooses one of two or more classes.
    case classification
    /// Predicts a number; there are no classes.
    case regression
    /// Tells inliers (`1`, a decision above the threshold) from outliers (`-1`).
    case oneClass = "one-class"
}
