/// scikit-learn's `StandardScaler`: (x - mean) / scale.
package struct StandardScaler: Sendable, Equatable {
    /// Nil with `with_mean=False`.
    package let mean: [Double]?
    /// Nil with `with_std=False`.
    package let scale: [Double]?

    package init(mean: [Double]?, scale: [Double]?) {
        self.mean = mean
        self.scale = scale
    }
}
