import Kafka
import Lifecycle

/// One partition of a replay: its reader, its clock, and the blocks that it is in.
///
/// Of one thread.
final class ReplayLane {
    let span: PartitionSpan
    private(set) var clock = LaneClock()
    private(set) var summary = LaneSummary()
    private let reader: SpanReader
    private let isJudged: Bool
    private var next: Int64
    private var open: [OpenTable] = []
    private var ready: [OpenTable] = []

    struct OpenTable {
        let block: Int64
        var table: BlockTable
    }

    init(
        _ span: PartitionSpan, of topic: String, _ consumer: RangeConsumer, timeoutMs: Int32,
        isJudged: Bool
    ) throws(SwerveError) {
        self.span = span
        self.isJudged = isJudged
        next = span.offsets.lowerBound
        reader = try SpanReader(
            consumer, topic: topic, partition: span.partition, from: span.offsets.lowerBound,
            to: span.offsets.upperBound, timeoutMs: timeoutMs)
        open.reserveCapacity(Self.openMax + 1)
        if let cut = span.cut { summary.cut += Int64(cut.count) }
    }

    var isDone: Bool { reader.isDone }

    /// Offsets of its range that are behind it, with records or without.
    var passed: Int64 {
        min(reader.cursor.position, span.offsets.upperBound) - span.offsets.lowerBound
    }

    /// How far it has come, for the choice of the lane that is read next.
    var place: Int64 { clock.low }

    /// Scores what comes next.
    ///
    /// - Parameter isAnew: whether another lane was read before, and nobody waited for this one.
    func step(_ scorer: ReplayScorer, isAnew: Bool) throws(SwerveError) {
        if isAnew { reader.expectAnew() }
        try reader.step { batch, index, offset throws(SwerveError) in
            if offset > next { summary.gaps += offset - next }
            next = offset + 1
            try scorer.take(batch, index, self)
        }
        scorer.settle(reader.cursor.batch, self)
        if let cut = reader.cursor.cut, !cut.isEmpty, summary.cutBetween != cut {
            summary.gaps -= Int64(cut.count - (summary.cutBetween?.count ?? 0))
            summary.cutBetween = cut
        }
        // What librdkafka has fetched for it is free while other lanes are read.
        reader.cursor.batch.release()
        if isDone, next < span.offsets.upperBound {
            summary.gaps += span.offsets.upperBound - next
            next = span.offsets.upperBound
        }
    }

    /// The block of a record, which is told once; nil for one that the judge is not shown.
    func block(ofMs atMs: Int64?) -> Int64? {
        guard let atMs else {
            summary.untimed += 1
            return nil
        }
        return clock.block(ofMs: atMs)
    }

    /// Counts a record in its block.
    func note(_ outcome: BlockTable.Outcome, block: Int64, cell: Int, isKeyed: Bool) {
        guard isJudged else { return }
        if let place = open.lastIndex(where: { $0.block == block }) {
            return open[place].table.note(outcome, cell: cell, isKeyed: isKeyed)
        }
        var table = BlockTable()
        table.note(outcome, cell: cell, isKeyed: isKeyed)
        open.append(OpenTable(block: block, table: table))
        guard open.count > Self.openMax,
            let lowest = open.indices.min(by: { open[$0].block < open[$1].block })
        else { return }
        ready.append(open.remove(at: lowest))
    }

    /// Hands over the blocks that are not likely to get more, and says how far the lane is.
    func report(to ledger: inout BlockLedger) {
        for one in ready { ledger.add(one.table, block: one.block) }
        ready.removeAll(keepingCapacity: true)
        for one in open where isDone || one.block < clock.low {
            ledger.add(one.table, block: one.block)
        }
        open.removeAll { isDone || $0.block < clock.low }
        ledger.passed(span.partition, block: isDone ? .max : clock.low)
    }

    func close() {
        reader.close()
        summary.late = clock.late
        summary.wentBack = clock.wentBack
        summary.furthestMs = clock.furthestMs
    }

    private static let openMax = 4
}

/// What was odd about one partition, or all of them; a value.
package struct LaneSummary: Sendable, Equatable {
    /// Offsets without a record.
    package internal(set) var gaps: Int64 = 0
    /// Offsets of the range that retention took away, before and while it was read.
    package internal(set) var cut: Int64 = 0
    var cutBetween: Range<Int64>?
    /// Records that the judge was not shown: without a timestamp, or behind the others' by more
    /// than a minute.
    package internal(set) var untimed: Int64 = 0
    package internal(set) var late: Int64 = 0
    /// Records more than ten seconds older than one before them, and the furthest.
    package internal(set) var wentBack: Int64 = 0
    package internal(set) var furthestMs: Int64 = 0

    mutating func merge(_ other: LaneSummary) {
        gaps += other.gaps
        cut += other.cut + Int64(other.cutBetween?.count ?? 0)
        untimed += other.untimed
        late += other.late
        wentBack += other.wentBack
        furthestMs = max(furthestMs, other.furthestMs)
    }
}
