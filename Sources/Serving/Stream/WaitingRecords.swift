import Inputs
import Lifecycle
import Platform
import Scoring

/// What a record's prediction carries of the record itself.
@safe
struct RecordTags {
    /// As it goes between the quotes of a JSON string; nil for none.
    let id: UnsafeBufferPointer<UInt8>?
    let marks: RecordMarks
}

/// What is kept of records of one batch that were read and featurized, until they are decided
/// together.
///
/// One thread's own. Allocates nothing after its start: a record's id has its bound.
@safe
struct WaitingRecords: ~Copyable {
    /// One record that waits; its place in both blocks is that among the records, unless
    /// `candidatePlace` says otherwise.
    struct Record {
        /// In the staged batch; of a shadow's record, in the list of those.
        let place: Int
        /// Where its outcome goes.
        let outcome: Int
        /// In the candidate's block; nil where the candidate does not score it.
        var candidatePlace: Int?
        /// Its outcome was known before its score.
        var isSettled = false
        /// Of a record that the candidate scores too.
        var cell = RecordCell.none
        fileprivate var marks = RecordMarks(rawValue: 0)
        /// In `ids`; nil where it has none.
        fileprivate var id: Range<Int>?

        init(place: Int, outcome: Int, candidatePlace: Int? = nil) {
            self.place = place
            self.outcome = outcome
            self.candidatePlace = candidatePlace
        }
    }

    private var records: [Record] = []
    private let ids: UnsafeMutablePointer<UInt8>
    private var idsUsed = 0
    var stable = TimedBlock()
    var candidate = TimedBlock()

    init() {
        records.reserveCapacity(ScoreBlock.capacity)
        unsafe ids = .allocate(capacity: Self.idsBytes)
    }

    deinit { unsafe ids.deallocate() }

    var count: Int { records.count }

    func record(_ position: Int) -> Record { records[position] }

    /// Forgets the records there are.
    mutating func begin() {
        records.removeAll(keepingCapacity: true)
        idsUsed = 0
        stable.begin()
        candidate.begin()
    }

    mutating func add(_ record: Record) { records.append(record) }

    /// The same, and keeps what its prediction carries of it.
    mutating func add(_ record: Record, _ tags: RecordTags) {
        var kept = record
        kept.marks = tags.marks
        if let id = unsafe tags.id {
            precondition(id.count <= idsFree, "an id above every limit")
            if let first = id.baseAddress {
                unsafe (ids + idsUsed).update(from: first, count: id.count)
            }
            kept.id = idsUsed..<(idsUsed + id.count)
            idsUsed += id.count
        }
        records.append(kept)
    }

    /// The outcome of the record added last is known already.
    mutating func settleLast() { records[records.count - 1].isSettled = true }

    /// What the prediction of a record carries of it; valid until `begin`.
    func tags(of record: Record) -> RecordTags {
        guard let id = record.id else { return unsafe RecordTags(id: nil, marks: record.marks) }
        return unsafe RecordTags(
            id: UnsafeBufferPointer(start: ids + id.lowerBound, count: id.count),
            marks: record.marks)
    }

    private var idsFree: Int { Self.idsBytes - idsUsed }

    /// Of ids of which each byte is escaped.
    private static let idsBytes = ScoreBlock.capacity * Limits.requestIDBytes * 6
}

/// A block of one version's inputs, and what a sample of them takes.
struct TimedBlock: ~Copyable {
    let block = ScoreBlock()
    /// What the one record of the sample took before the block was decided.
    private var sampleNs: UInt64?

    init() {}

    mutating func begin() {
        block.begin()
        sampleNs = nil
    }

    /// Whether the next input is to be added under the clock: the first of a block in which the
    /// beat of the samples may fall.
    ///
    /// A block that ends before the beat has given it its sample already.
    func isSample(_ tally: borrowing VersionTally, _ blockSize: Int) -> Bool {
        block.count == 0 && tally.isSampleDue(within: blockSize)
    }

    mutating func sample(_ nanoseconds: UInt64) { sampleNs = nanoseconds }

    /// Decides the inputs that wait; a sample has its share in what that takes.
    mutating func decide(_ version: LoadedVersion, _ tally: inout VersionTally) {
        guard block.count > 0 else { return }
        guard let sampleNs else { return version.scorer.decide(block) }
        let begin = MonotonicClock.now
        version.scorer.decide(block)
        let together = MonotonicClock.now &- begin
        tally.took(nanoseconds: sampleNs &+ together / UInt64(block.count))
    }
}
