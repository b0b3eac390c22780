import Glibc

/// How many records say as much as one independent record (Kish), as the stream itself shows it.
extension Evidence {
    /// A joined scale counts from so many groups on.
    private static let groupsMin = 16
    /// Cells count from so many effective cells on.
    private static let kishMin = 16.0

    /// The price of a variance that is estimated on `freedom` degrees of freedom, at evidence
    /// ln(1/level): infinite where few groups can prove nothing.
    ///
    /// κ(ν) = ν · (exp(2L/ν) − 1) / 2L with L = ln(1/level): the squared t-statistic that is
    /// needed, over the 2L that a known variance needs.
    static func price(freedom: Double, level: Double) -> Double {
        let two = 2 * log(1 / level)
        guard freedom >= 1, two / freedom <= 50 else { return .infinity }
        return freedom * expm1(two / freedom) / two
    }

    /// The effective number of cells by records.
    var effectiveCells: Double {
        var sum = 0.0
        var squares = 0.0
        for records in cellRecords {
            squares += records * records
            sum += records
        }
        return squares > 0 ? sum * sum / squares : 0
    }

    /// The design effect, 1 or more, for a decision at `level`; infinite below two blocks.
    ///
    /// By how much the sums of excess over groups vary more than those of independent records
    /// would: the most that any scale of joined blocks shows, or the cells do. Of T groups with
    /// excess Z and N records each, at the mean excess m: κ(T − 1) · Σ(Z − mN)² · T/(T − 1), over
    /// the same of independent records. Blocks catch campaigns, cells one client's bursts of any
    /// length.
    package func designEffect(_ level: Double) -> Double {
        guard blocks >= 2 else { return .infinity }
        let records = counts.total
        let sum = counts.sum(of: excess)
        let mean = sum / records
        let independent = counts.sumOfSquares(of: excess) - sum * sum / records
        // Nothing varies.
        guard independent > 1e-12 * records else { return 1 }
        var effect = 1.0
        for (index, scale) in scales.enumerated() {
            guard scale.groups >= (index == 0 ? 2 : Self.groupsMin) else { break }
            let variation = max(
                0, scale.zz - 2 * mean * scale.zn + mean * mean * scale.nn)
            guard variation > 0 else { continue }
            let groups = Double(scale.groups)
            effect = max(
                effect,
                Self.price(freedom: groups - 1, level: level) * variation * groups / (groups - 1)
                    / (independent * scale.n / records))
        }
        guard hasCells, effectiveCells >= Self.kishMin else { return effect }
        return max(effect, cellEffect(level, mean: mean, independent: independent))
    }

    private func cellEffect(_ level: Double, mean: Double, independent: Double) -> Double {
        var full = 0.0
        var variation = 0.0
        for (excess, records) in zip(cellExcess, cellRecords) {
            if records > 0 { full += 1 }
            let distance = excess - mean * records
            variation += distance * distance
        }
        return Self.price(freedom: full - 1, level: level) * variation * full / (full - 1)
            / independent
    }
}
