/// Support vectors in the form that suits them.
package enum SupportVectors: Sendable, Equatable {
    case dense(DenseVectors)
    case sparse(SparseVectors)

    /// Rows with many zeros stay as they are; others are laid out with a number for each feature,
    /// where that takes no more than twice the memory of the rows' indices and values as read.
    init(_ rows: SparseVectors) {
        let (cells, overflow) = rows.width.multipliedReportingOverflow(by: rows.count)
        let isSmall = !overflow && cells <= Self.alwaysDenseCells
        if isSmall || (!overflow && cells <= Self.densestCells * rows.values.count) {
            self = .dense(DenseVectors(rows))
        } else {
            self = .sparse(rows)
        }
    }

    /// 512 KiB: what is below is not worth a thought.
    private static let alwaysDenseCells = 1 << 16
    /// Cells a value: a cell is 8 bytes, an index and a value as read are 16.
    private static let densestCells = 4

    package var count: Int {
        switch self {
        case .dense(let vectors): vectors.count
        case .sparse(let vectors): vectors.count
        }
    }

    /// How many features they have among them; further ones are 0 in all.
    package var width: Int {
        switch self {
        case .dense(let vectors): vectors.width
        case .sparse(let vectors): vectors.width
        }
    }

    /// Room for as many kernel values as are written.
    var paddedCount: Int {
        switch self {
        case .dense(let vectors): vectors.paddedCount
        case .sparse(let vectors): (vectors.count + 7) / 8 * 8
        }
    }

    /// Calls `body` with index and value of each feature of a vector that is not 0, ascending.
    func forEach(_ vector: Int, _ body: (Int, Double) -> Void) {
        switch self {
        case .dense(let vectors):
            let (first, step) = unsafe vectors.places(vector)
            for feature in 0..<vectors.width {
                let value = unsafe first[feature * step]
                if value != 0 { body(feature, value) }
            }
        case .sparse(let vectors):
            for place in vectors.starts[vector]..<vectors.starts[vector + 1] {
                body(Int(vectors.indices[place]), vectors.values[place])
            }
        }
    }
}
