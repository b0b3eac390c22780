import CText

/// What features weigh in several rows, without those that weigh nothing in any: see `ctext_rows`.
///
/// Takes 2 bytes a feature (4 where more than 65,535 weigh something), and a double for each row
/// and feature that weighs something, the rows filled up to a multiple of four.
@safe
final class PackedRows: Sendable {
    /// By feature: the row behind the first one that is its own; 0 for what weighs nothing.
    private enum Places: Sendable {
        case narrow([UInt16])
        case wide([UInt32])
    }

    private let places: Places
    private let weights: AlignedDoubles
    private let count: Int

    /// More rows are not summed side by side.
    static let most = Int(CTEXT_ROWS_MAX)

    /// - Precondition: at most `most` rows, and features that 32 bits count.
    init(_ linear: LinearWeights) {
        precondition(linear.rows <= Self.most, "too many rows")
        let rows = linear.rows
        var wide = [UInt32](repeating: 0, count: linear.featureCount)
        var used = 0
        for feature in wide.indices {
            let range = feature * rows..<(feature + 1) * rows
            guard linear.weights[range].contains(where: { $0 != 0 }) else { continue }
            used += 1
            wide[feature] = UInt32(used)
        }
        let stride = (rows + 3) / 4 * 4
        weights = unsafe AlignedDoubles(count: (used + 1) * stride) { memory in
            for (feature, place) in wide.enumerated() where place != 0 {
                for row in 0..<rows {
                    unsafe memory[Int(place) * stride + row] = linear.weights[feature * rows + row]
                }
            }
        }
        places =
            used <= Int(UInt16.max)
            ? .narrow(wide.map { UInt16(truncatingIfNeeded: $0) }) : .wide(wide)
        count = rows
    }

    /// Sums the features met, and sets their cells to 0; the norm's share is in what it gives.
    @inline(__always)
    func sum(
        _ met: UnsafePointer<UInt32>, _ metCount: Int, _ cells: UnsafeMutablePointer<Int32>,
        idf: UnsafePointer<Double>?, isL1: Int32, level: Int32,
        into dots: UnsafeMutablePointer<Double>
    ) -> ctext_sums {
        switch places {
        case .narrow(let places):
            unsafe places.withUnsafeBytes { places in
                var rows = unsafe ctext_rows(
                    places: places.baseAddress, are_places_narrow: 1, weights: weights.pointer,
                    count: count)
                return unsafe ctext_sum_rows(level, met, metCount, cells, &rows, idf, isL1, dots)
            }
        case .wide(let places):
            unsafe places.withUnsafeBytes { places in
                var rows = unsafe ctext_rows(
                    places: places.baseAddress, are_places_narrow: 0, weights: weights.pointer,
                    count: count)
                return unsafe ctext_sum_rows(level, met, metCount, cells, &rows, idf, isL1, dots)
            }
        }
    }
}
