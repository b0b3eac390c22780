/// What the judge of a canary counts of a comparison, by the cell of a record: six lists of 64.
///
/// Cumulative over the comparison in one process, from 0. On the status topic a list each, by the
/// names here; whoever wrote a record there may have put anything into them, so `isSensible` is
/// asked before they are counted.
package struct ComparisonCells: Sendable, Equatable, Codable {
    /// What is counted, in the order in which a process keeps the six counts of a cell.
    package enum Column: Int, Sendable, CaseIterable {
        /// Records that both versions scored with a finite score.
        case pairs
        /// Of those, on which the stable version alerts.
        case alerts
        /// Of those: normal to the stable version and an alert to the candidate; the reverse.
        case up, down
        /// Records that only the candidate cannot score; only the stable version.
        case lost, gained
    }

    package var pairs: [Int64]
    package var alerts: [Int64]
    package var up: [Int64]
    package var down: [Int64]
    package var lost: [Int64]
    package var gained: [Int64]

    /// How many counts a process keeps.
    package static let count = RecordCell.count * Column.allCases.count

    /// - Parameter counts: `count` of them, cell by cell, the columns in their order.
    package init(_ counts: [Int64]) {
        precondition(counts.count == Self.count, "not six counts for each cell")
        func column(_ column: Column) -> [Int64] {
            (0..<RecordCell.count).map { counts[$0 * Column.allCases.count + column.rawValue] }
        }
        pairs = column(.pairs)
        alerts = column(.alerts)
        up = column(.up)
        down = column(.down)
        lost = column(.lost)
        gained = column(.gained)
    }

    package subscript(column: Column) -> [Int64] {
        switch column {
        case .pairs: pairs
        case .alerts: alerts
        case .up: up
        case .down: down
        case .lost: lost
        case .gained: gained
        }
    }

    /// Whether there is a count for each cell, and none is negative or above 2^53.
    package var isSensible: Bool {
        Column.allCases.allSatisfy { column in
            self[column].count == RecordCell.count
                && self[column].allSatisfy(StatusCount.isSensible)
        }
    }
}
