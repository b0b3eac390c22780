package import Lifecycle

/// What a slot's newest status record says of a comparison, cumulative over its incarnation.
package struct SlotCounts: Sendable, Equatable {
    package let slot: SlotID
    package let incarnation: String
    /// Which comparison it counts; empty where it has none.
    package let comparison: String
    /// By cell; nil from an older worker, which counts none and is as good as silent.
    package var cells: CellCounts?
    /// False where the record has cells that are no counts: it is passed over.
    package var isReadable = true
    /// Records of the share that the shadow did not score.
    package var shed: Int64 = 0
    /// Pairs whose record has a key.
    package var keyed: Int64 = 0
    /// Of ln(µs) of sampled records, by version; since the version was loaded.
    package var stableLogMicros = Moments()
    package var candidateLogMicros = Moments()
    /// The candidate's score minus the stable one's.
    package var scoreDifference = Moments()
    /// Of the stable version's scores.
    package var stableScore = Moments()

    package init(slot: SlotID, incarnation: String, comparison: String, cells: CellCounts?) {
        self.slot = slot
        self.incarnation = incarnation
        self.comparison = comparison
        self.cells = cells
    }

    /// Whether it can be counted; what cannot is passed over.
    ///
    /// No count is negative or above 2^53, and no figure is no number, or so large that sums of it
    /// would be none.
    package var isSensible: Bool {
        let moments = [stableLogMicros, candidateLogMicros, scoreDifference, stableScore]
        return isReadable && StatusCount.isSensible(shed) && StatusCount.isSensible(keyed)
            && cells?.isSensible != false
            && incarnation.utf8.count <= Self.nameBytes && comparison.utf8.count <= Self.nameBytes
            && slot.group.utf8.count <= Self.nameBytes
            && moments.allSatisfy {
                $0.isSensible && $0.mean.magnitude <= Self.meanMax
                    && $0.squares <= TreeReader.largest
            }
    }

    /// Whether any count is smaller than in `before`: the process began anew, or lies.
    func wentBack(from before: SlotCounts) -> Bool {
        if shed < before.shed || keyed < before.keyed { return true }
        guard let cells, let old = before.cells else { return false }
        return cells.wentBack(from: old)
    }

    static let nameBytes = 512
    private static let meanMax = 1e100
}

/// Six counts for each of the cells, as workers tell them.
package struct CellCounts: Sendable, Equatable {
    package typealias Column = ComparisonCells.Column

    static let columnCount = Column.allCases.count

    /// Cell by cell, the columns in their order: 384 numbers.
    private(set) var numbers = [Int64](repeating: 0, count: ComparisonCells.count)

    package init() {}

    /// Nil where a column has not one count for each cell.
    package init?(_ column: (Column) -> [Int64]) {
        for one in Column.allCases {
            let counts = column(one)
            guard counts.count == RecordCell.count else { return nil }
            for (cell, count) in counts.enumerated() { self[cell, one] = count }
        }
    }

    /// Nil for another number of counts.
    init?(numbers: [Int64]) {
        guard numbers.count == ComparisonCells.count else { return nil }
        self.numbers = numbers
    }

    /// - Parameter cell: 0 … 63.
    package subscript(cell: Int, column: Column) -> Int64 {
        get { numbers[cell * Self.columnCount + column.rawValue] }
        set { numbers[cell * Self.columnCount + column.rawValue] = newValue }
    }

    package var isSensible: Bool {
        numbers.allSatisfy(StatusCount.isSensible)
    }

    package var pairs: Int64 {
        stride(from: 0, to: numbers.count, by: Self.columnCount)
            .reduce(0) { StatusCount.sum($0, numbers[$1]) }
    }

    func wentBack(from before: CellCounts) -> Bool {
        for index in numbers.indices where numbers[index] < before.numbers[index] { return true }
        return false
    }

    /// Adds what `newer` has more than `older`, which is nowhere larger.
    mutating func add(_ newer: CellCounts, since older: CellCounts?) {
        for index in numbers.indices {
            let grown = newer.numbers[index] - (older?.numbers[index] ?? 0)
            numbers[index] = StatusCount.sum(numbers[index], grown)
        }
    }

    /// What guards on pairs count.
    enum Table {
        /// Of each record: did each version alert?
        case alerts
        /// Of the cell, where it has pairs: did each version alert there at all?
        case incidents
        /// Of each record: which version could not score it? What neither can is not told.
        case errors
    }

    func outcomes(_ table: Table, cell: Int) -> Outcomes {
        let pairs = Double(self[cell, .pairs])
        let alerts = Double(self[cell, .alerts])
        let up = Double(self[cell, .up])
        let down = Double(self[cell, .down])
        switch table {
        case .alerts: return Outcomes(pairs - alerts - up, up, down, alerts - down)
        case .errors:
            return Outcomes(pairs, Double(self[cell, .lost]), Double(self[cell, .gained]), 0)
        case .incidents:
            guard pairs > 0 else { return .zero }
            let candidateAlerts = alerts - down + up > 0
            return alerts > 0
                ? Outcomes(0, 0, candidateAlerts ? 0 : 1, candidateAlerts ? 1 : 0)
                : Outcomes(candidateAlerts ? 0 : 1, candidateAlerts ? 1 : 0, 0, 0)
        }
    }
}
