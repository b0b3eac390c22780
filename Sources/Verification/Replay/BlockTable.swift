import Judge
import Lifecycle

/// What two versions said in ten seconds of a stream, by cell, as a worker would have counted it.
///
/// A value of fixed size, 1.6 KB; those of parts merge in any order.
package struct BlockTable: Sendable, Equatable {
    private var numbers = [UInt32](
        repeating: 0, count: ComparisonCells.count)
    package private(set) var keyed: Int64 = 0

    package init() {}

    /// Which of a pair's counts a record adds to.
    package enum Outcome: Sendable {
        case pair(first: Bool, second: Bool)
        /// Only the version held against the first has no score; only the first has none.
        case lost, gained
    }

    /// - Parameter cell: 0 … 63.
    package mutating func note(_ outcome: Outcome, cell: Int, isKeyed: Bool) {
        switch outcome {
        case .pair(let first, let second):
            count(.pairs, cell)
            if first { count(.alerts, cell) }
            if second, !first { count(.up, cell) }
            if first, !second { count(.down, cell) }
            if isKeyed { keyed += 1 }
        case .lost: count(.lost, cell)
        case .gained: count(.gained, cell)
        }
    }

    @inline(__always)
    private mutating func count(_ column: ComparisonCells.Column, _ cell: Int) {
        numbers[cell * Self.columns + column.rawValue] &+= 1
    }

    package mutating func merge(_ other: BlockTable) {
        for index in numbers.indices { numbers[index] &+= other.numbers[index] }
        keyed += other.keyed
    }

    /// Adds it to counts that grow.
    func add(to counts: inout CellCounts) {
        for cell in 0..<RecordCell.count {
            for column in ComparisonCells.Column.allCases {
                let number = numbers[cell * Self.columns + column.rawValue]
                if number > 0 { counts[cell, column] += Int64(number) }
            }
        }
    }

    private static let columns = ComparisonCells.Column.allCases.count
}

/// Which ten seconds a record of one partition belongs to, by its timestamp, and how far all that
/// is still to come of the partition is likely to be.
///
/// A value. Clocks step and writers are late: `low` follows what nearly all records say, and a
/// record behind it is late, whatever the reader has done meanwhile.
package struct LaneClock: Sendable, Equatable {
    /// No record that is not late is of a block before it.
    package private(set) var low = Int64.min
    package private(set) var late: Int64 = 0
    /// Records more than a block older than one before them, and how far the furthest went back.
    package private(set) var wentBack: Int64 = 0
    package private(set) var furthestMs: Int64 = 0
    private var newestMs = Int64.min
    private var group: [Int64] = []

    package init() { group.reserveCapacity(Self.groupRecords) }

    /// - Returns: the record's block, ten seconds since 1970; nil for a record that is late.
    package mutating func block(ofMs milliseconds: Int64) -> Int64? {
        let rest = milliseconds % JudgeSettings.blockMs
        let block = milliseconds / JudgeSettings.blockMs - (rest < 0 ? 1 : 0)
        if milliseconds > newestMs {
            newestMs = milliseconds
        } else if newestMs - milliseconds > JudgeSettings.blockMs {
            wentBack += 1
            furthestMs = max(furthestMs, newestMs - milliseconds)
        }
        let isLate = block < low
        if isLate { late += 1 }
        group.append(block)
        if group.count == Self.groupRecords { endGroup() }
        return isLate ? nil : block
    }

    private mutating func endGroup() {
        group.sort()
        low = max(low, group[Self.groupRecords / 20] - Self.slackBlocks)
        group.removeAll(keepingCapacity: true)
    }

    private static let groupRecords = 256
    /// Writers may be a minute late.
    private static let slackBlocks: Int64 = 6
}

/// The blocks of all partitions, handed to the judge in their order once every partition has passed
/// them.
///
/// A value. What the judge says depends neither on the order in which partitions were read nor on
/// how many threads read them.
package struct BlockLedger: Sendable {
    private var pending: [Int64: BlockTable] = [:]
    private var low: [Int32: Int64] = [:]
    private var closed = Int64.min
    /// Records of blocks that found no room among those that wait.
    package private(set) var crowded: Int64 = 0
    package private(set) var course: JudgedCourse

    package init(_ course: JudgedCourse, partitions: [Int32]) {
        self.course = course
        for partition in partitions { low[partition] = .min }
    }

    /// - Parameter block: not before what its partition has passed.
    package mutating func add(_ table: BlockTable, block: Int64) {
        if pending[block] == nil, pending.count >= Self.blocksMax {
            crowded += 1
            return
        }
        pending[block, default: BlockTable()].merge(table)
    }

    /// Nothing before `block` comes of this partition any more; `.max` is its end.
    package mutating func passed(_ partition: Int32, block: Int64) {
        guard let before = low[partition], before < block else { return }
        low[partition] = block
        let mark = low.values.min() ?? .max
        guard mark > closed else { return }
        closed = mark
        for block in pending.keys.filter({ $0 < mark }).sorted() {
            if let table = pending.removeValue(forKey: block) { course.take(table, block: block) }
        }
        if mark == .max { course.finish() }
    }

    /// Whether a partition may be read on: the slowest always may, the others while few wait.
    package func mayGo(_ partition: Int32) -> Bool {
        guard pending.count >= Self.aheadMax else { return true }
        return low[partition] ?? .max <= low.values.min() ?? .max
    }

    private static let aheadMax = 2_000
    private static let blocksMax = 8_192
}
