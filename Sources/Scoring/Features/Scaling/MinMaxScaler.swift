/// scikit-learn's `MinMaxScaler`: x * scale + min, and with `clip` bounded by the range.
package struct MinMaxScaler: Sendable, Equatable {
    package let scale: [Double]
    package let min: [Double]
    /// The range to clip to; nil with `clip=False`.
    package let clip: ClosedRange<Double>?

    package init(scale: [Double], min: [Double], clip: ClosedRange<Double>?) {
        self.scale = scale
        self.min = min
        self.clip = clip
    }
}
