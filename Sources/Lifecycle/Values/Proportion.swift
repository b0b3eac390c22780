/// A part of a whole that was counted, and where the true share may lie.
package struct Proportion: Sendable, Equatable {
    package let part: Int
    package let whole: Int

    /// - Parameter part: at most `whole`.
    package init(_ part: Int, of whole: Int) {
        precondition((0...whole).contains(part), "a part beyond its whole")
        self.part = part
        self.whole = whole
    }

    /// Nil where nothing was counted.
    package var value: Double? { whole > 0 ? Double(part) / Double(whole) : nil }

    /// Wilson's score interval of 95 %; nil where nothing was counted.
    ///
    /// It keeps its meaning for small counts and for shares of 0 and 1, where the normal
    /// approximation has no width.
    package var interval: ClosedRange<Double>? {
        guard let share = value else { return nil }
        let count = Double(whole)
        let square = Self.quantile * Self.quantile
        let scale = 1 / (1 + square / count)
        let centre = (share + square / (2 * count)) * scale
        let spread = share * (1 - share) / count + square / (4 * count * count)
        let half = Self.quantile * scale * spread.squareRoot()
        // Both ends are exact there, and rounding would miss them.
        let low = part == 0 ? 0 : max(0, centre - half)
        let high = part == whole ? 1 : min(1, centre + half)
        return min(low, share)...max(high, share)
    }

    /// Of the standard normal distribution, at 97.5 %.
    private static let quantile = 1.959963984540054
}
