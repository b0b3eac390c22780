import CText

/// What features weigh in several rows, without those that weigh nothing in any: see `ctext_rows`.
///
/// Takes 16 bytes for 64 features, and a double for each row and feature that weighs something, the
/// rows filled up to a multiple of four.
@safe
final class PackedRows: Sendable {
    private let ranks: [UInt64]
    private let weights: AlignedDoubles
    private let count: Int

    /// More rows are not summed side by side.
    static let most = Int(CTEXT_ROWS_MAX)

    /// - Precondition: at most `most` rows.
    init(_ linear: LinearWeights) {
        precondition(linear.rows <= Self.most, "too many rows")
        let rows = linear.rows
        var ranks = [UInt64](repeating: 0, count: (linear.featureCount + 63) / 64 * 2)
        var used = 0
        for block in 0..<ranks.count / 2 {
            ranks[2 * block + 1] = UInt64(used)
            let features = 64 * block..<min(64 * block + 64, linear.featureCount)
            for feature in features {
                let range = feature * rows..<(feature + 1) * rows
                guard linear.weights[range].contains(where: { $0 != 0 }) else { continue }
                ranks[2 * block] |= 1 << UInt64(feature - features.lowerBound)
                used += 1
            }
        }
        let stride = (rows + 3) / 4 * 4
        weights = unsafe AlignedDoubles(count: (used + 1) * stride) { memory in
            var place = 1
            for feature in 0..<linear.featureCount {
                guard ranks[feature / 64 * 2] >> UInt64(feature % 64) & 1 == 1 else { continue }
                for row in 0..<rows {
                    unsafe memory[place * stride + row] = linear.weights[feature * rows + row]
                }
                place += 1
            }
        }
        self.ranks = ranks
        count = rows
    }

    /// Sums the features met, and sets their cells to 0; the norm's share is in what it gives.
    @inline(__always)
    func sum(
        _ met: UnsafePointer<UInt32>, _ metCount: Int, _ cells: UnsafeMutablePointer<Int32>,
        idf: UnsafePointer<Double>?, isL1: Int32, level: Int32,
        into dots: UnsafeMutablePointer<Double>
    ) -> ctext_sums {
        unsafe ranks.withUnsafeBufferPointer { ranks in
            var rows = unsafe ctext_rows(
                ranks: ranks.baseAddress, weights: weights.pointer, count: count)
            return unsafe ctext_sum_rows(
                level, met, metCount, cells, &rows, idf, isL1, dots)
        }
    }
}
