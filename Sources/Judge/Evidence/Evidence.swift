import Lifecycle

/// What one guard knows: fed one finished block at a time, it says how much speaks for and against
/// the candidate.
///
/// Each record is counted by its outcome, and has an excess: its harm minus what is allowed. A
/// gambler who bets on each record's excess hardly grows rich unless it is above 0 in the mean
/// (`logFail`, or `logPass` for below); where records say over again what others said, his winnings
/// are divided (`designEffect`).
///
/// A value of fixed size, about 3 KB. All is in doubles. Sums go by outcomes in the order 00, 01,
/// 10, 11, and by cells from 0: another order has other last digits.
package struct Evidence: Sendable, Equatable {
    /// Blocks joined by 1, 2, 4, … 32,768.
    static let scaleCount = 16

    /// Groups of 2^k blocks.
    struct Scale: Sendable, Equatable {
        /// Groups that are full.
        var groups = 0
        /// Over those: sums of Z², ZN, N² and N, where Z is a group's excess and N its records.
        var zz = 0.0
        var zn = 0.0
        var nn = 0.0
        var n = 0.0
        /// The group that waits for its other half.
        var half: Half?

        struct Half: Sendable, Equatable {
            var z: Double
            var n: Double
        }
    }

    let kind: Guard.Kind
    /// Excess of one record by outcome.
    let excess: Outcomes
    package internal(set) var counts = Outcomes.zero
    /// Whether cells say something: only where records have keys.
    var hasCells: Bool
    /// By cell: sum of excess, records, and records on which the versions differ.
    var cellExcess = [Double](repeating: 0, count: RecordCell.count)
    var cellRecords = [Double](repeating: 0, count: RecordCell.count)
    var cellFlips = [Double](repeating: 0, count: RecordCell.count)
    var scales = [Scale](repeating: Scale(), count: scaleCount)

    /// - Parameters:
    ///   - rel, abs: margins as `Guard.refusal` allows them.
    ///   - hasCells: whether blocks come by cell.
    package init(_ kind: Guard.Kind, rel: Double = 0, abs: Double = 0, hasCells: Bool = true) {
        self.kind = kind
        excess = Guard.excess(kind, rel: rel, abs: abs)
        self.hasCells = hasCells
    }

    /// Blocks that were not empty.
    package var blocks: Int { scales[0].groups }

    /// Takes a finished block of which only the sum is known.
    package mutating func add(_ block: Outcomes) {
        let records = block.total
        guard records > 0 else { return }
        counts += block
        join(block.sum(of: excess), records)
    }

    /// Takes a finished block by cell; `cells` has a table for each of `RecordCell.count`.
    package mutating func add(cells: [Outcomes]) {
        precondition(cells.count == RecordCell.count, "a block that has not every cell")
        var sum = Outcomes.zero
        for cell in cells { sum += cell }
        let records = sum.total
        guard records > 0 else { return }
        counts += sum
        if hasCells {
            for (index, cell) in cells.enumerated() {
                cellExcess[index] += cell.sum(of: excess)
                cellRecords[index] += cell.total
                cellFlips[index] += cell.n01 + cell.n10
            }
        }
        join(sum.sum(of: excess), records)
    }

    /// Every second group of a scale goes up, joined with the one before it.
    private mutating func join(_ excess: Double, _ records: Double) {
        var group = Scale.Half(z: excess, n: records)
        for index in scales.indices {
            scales[index].groups += 1
            scales[index].zz += group.z * group.z
            scales[index].zn += group.z * group.n
            scales[index].nn += group.n * group.n
            scales[index].n += group.n
            guard let half = scales[index].half else {
                scales[index].half = group
                return
            }
            group = Scale.Half(z: group.z + half.z, n: group.n + half.n)
            scales[index].half = nil
        }
    }

    /// Which part of all flips lies in the fullest cell, 0 … 1; nil where there are no cells or no
    /// flips.
    package var fullestCellShare: Double? {
        let all = cellFlips.reduce(0, +)
        guard hasCells, all > 0, let most = cellFlips.max() else { return nil }
        return most / all
    }
}
