package import Lifecycle

/// A histogram of whole numbers in the making: fixed bounds, one increment a measurement.
struct WholeHistogram: Sendable {
    /// Inclusive upper bounds, ascending.
    let bounds: [Int64]
    private var counts: [Int64]
    private var sum: Int64 = 0

    init(bounds: [Int64]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    @inline(__always)
    mutating func add(_ value: Int64, times: Int64 = 1) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counts[bucket] += times
        sum &+= value &* times
    }

    /// With bounds and sum multiplied by `unit`; storage of its own.
    func told(unit: Double) -> BucketCounts {
        let told = BucketCounts(
            bounds: bounds.map { Double($0) / unit }, counts: counts.map { $0 },
            sum: Double(sum) / unit)
        guard let told else { preconditionFailure("bounds that do not ascend") }
        return told
    }
}

/// How long records took from their writing, and from their poll, until their predictions were
/// acknowledged, and how large their batches were.
///
/// A value of the poll thread's, beside the delivery tracker: for each record it keeps the age at
/// the poll, and when the tracker is done with a batch, that batch's time is added to each. All
/// memory is taken at the start; times are integers.
package struct DeliveryTimes: Sendable {
    private struct Batch: Sendable {
        var tag: UInt = 0
        var polledAt: UInt64 = 0
        var records: Int64 = 0
        /// Those whose age is known.
        var aged = 0
    }

    private let batchRecords: Int
    private var batches: [Batch]
    /// Milliseconds between writing and poll, `batchRecords` for each batch.
    private var ages: [Int32]
    /// The batch that is being filled.
    private var place = 0
    private var polledAtMs: Int64 = 0
    /// The tag of the oldest batch that was not done when last looked.
    private var done: UInt = 1
    private var sinceWritten = WholeHistogram(bounds: writtenBoundsMs)
    private var sincePolled = WholeHistogram(bounds: polledBoundsMicros)
    private var sizes = WholeHistogram(bounds: sizeBounds)
    /// When the newest record taken was written, in milliseconds since 1970; nil before the first.
    package private(set) var lastRecordAtMs: Int64?

    /// - Parameters:
    ///   - batchLimit: batches that may be out at once.
    ///   - batchRecords: records of a batch at most.
    package init(batchLimit: Int, batchRecords: Int) {
        self.batchRecords = batchRecords
        batches = Array(repeating: Batch(), count: batchLimit)
        ages = Array(repeating: 0, count: batchLimit * batchRecords)
    }

    /// A batch is taken; its records follow.
    ///
    /// - Parameters:
    ///   - tag: as the delivery tracker counts it.
    ///   - polledAt: monotonic nanoseconds.
    ///   - wallMs: the time of day then.
    package mutating func begin(tag: UInt, records: Int, polledAt: UInt64, wallMs: Int64) {
        place = Int(tag % UInt(batches.count))
        batches[place] = Batch(tag: tag, polledAt: polledAt, records: Int64(records))
        polledAtMs = wallMs
        if records > 0 { sizes.add(Int64(records)) }
    }

    /// A record of that batch; nil where nobody says when it was written.
    ///
    /// A writer's clock that is ahead makes it 0 old.
    @inline(__always)
    package mutating func took(writtenMs: Int64?) {
        guard let writtenMs, batches[place].aged < batchRecords else { return }
        ages[place * batchRecords + batches[place].aged] = Int32(
            clamping: max(0, polledAtMs - writtenMs))
        batches[place].aged += 1
        lastRecordAtMs = max(lastRecordAtMs ?? writtenMs, writtenMs)
    }

    /// The tracker is done with every batch before `head`.
    ///
    /// - Parameter now: monotonic nanoseconds.
    package mutating func settled(before head: UInt, at now: UInt64) {
        while done < head {
            let place = Int(done % UInt(batches.count))
            if batches[place].tag == done { add(place, now) }
            done += 1
        }
    }

    private mutating func add(_ place: Int, _ now: UInt64) {
        let batch = batches[place]
        let micros = Int64(clamping: (now &- batch.polledAt) / 1_000)
        if batch.records > 0 { sincePolled.add(micros, times: batch.records) }
        let milliseconds = micros / 1_000
        let first = place * batchRecords
        for index in first..<first + batch.aged {
            sinceWritten.add(Int64(ages[index]) + milliseconds)
        }
    }

    /// What is known by now; storage of its own.
    package var timings: DeliveryTimings {
        DeliveryTimings(
            sinceWritten: sinceWritten.told(unit: 1_000),
            sincePolled: sincePolled.told(unit: 1_000_000), batches: sizes.told(unit: 1))
    }

    private static let writtenBoundsMs: [Int64] = [
        5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000,
        1_800_000,
    ]
    private static let polledBoundsMicros: [Int64] = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
        2_500_000, 10_000_000,
    ]
    private static let sizeBounds: [Int64] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]
}
