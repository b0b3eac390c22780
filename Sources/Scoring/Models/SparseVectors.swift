/// Support vectors with few features each, one after the other.
package struct SparseVectors: Sendable, Equatable {
    /// One more than the largest feature index; 0 where no vector has a feature.
    package let width: Int
    /// Where each vector begins in `indices` and `values`, and the end of the last.
    package let starts: [Int]
    /// Counted from 0, ascending within a vector.
    package let indices: [UInt32]
    package let values: [Double]

    /// - Precondition: `starts` begins with 0, ascends, and ends with the count of the values;
    ///   indices ascend within each vector.
    package init(starts: [Int], indices: [UInt32], values: [Double]) {
        precondition(
            starts.first == 0 && starts.last == values.count && indices.count == values.count,
            "rows and values do not go together")
        for row in 1..<max(1, starts.count) {
            precondition(starts[row - 1] <= starts[row], "rows out of order")
            for place in starts[row - 1]..<max(starts[row - 1], starts[row] - 1) {
                precondition(indices[place] < indices[place + 1], "indices out of order")
            }
        }
        width = indices.max().map { Int($0) + 1 } ?? 0
        self.starts = starts
        self.indices = indices
        self.values = values
    }

    package var count: Int { starts.count - 1 }

    /// The most features that one vector has.
    var longest: Int {
        (0..<count).reduce(0) { max($0, starts[$1 + 1] - starts[$1]) }
    }
}
