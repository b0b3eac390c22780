/// Tables of scikit-learn's `IsotonicRegression(out_of_bounds="clip")`, one behind the other.
package struct IsotonicCurves: Sendable, Equatable {
    /// Where each table begins in `x` and `y`, and the end of the last.
    package let starts: [Int]
    /// Decisions, ascending within a table.
    package let x: [Double]
    /// The probabilities at them, none below the one before.
    package let y: [Double]

    /// - Precondition: `starts` begins with 0, every table has a point, and `x` ascends in each.
    package init(starts: [Int], x: [Double], y: [Double]) {
        precondition(
            starts.first == 0 && starts.last == x.count && x.count == y.count,
            "tables and points do not go together")
        for table in 1..<max(1, starts.count) {
            precondition(starts[table - 1] < starts[table], "a table without points")
            for place in starts[table - 1] + 1..<max(starts[table - 1] + 1, starts[table]) {
                precondition(x[place - 1] < x[place], "points out of order")
            }
        }
        self.starts = starts
        self.x = x
        self.y = y
    }

    package var count: Int { starts.count - 1 }

    /// The probability for a decision, as numpy's `interp` gives it: the same operations in the
    /// same order.
    ///
    /// NaN for NaN. Steps: the logarithm of the table's points.
    func value(_ table: Int, _ decision: Double) -> Double {
        if decision.isNaN { return decision }
        var low = starts[table]
        let last = starts[table + 1] - 1
        if decision <= x[low] { return y[low] }
        if decision >= x[last] { return y[last] }
        // x[low] <= decision < x[high] holds from here on.
        var high = last
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if x[middle] <= decision { low = middle } else { high = middle }
        }
        if x[low] == decision { return y[low] }
        let slope = (y[high] - y[low]) / (x[high] - x[low])
        let value = slope * (decision - x[low]) + y[low]
        // Where x differ by more than a double holds.
        return value.isNaN ? y[low] : value
    }
}
