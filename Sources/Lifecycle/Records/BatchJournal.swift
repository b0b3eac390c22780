/// What a worker has at hand, kept in a file that outlives the worker: its form, in words of 64
/// bits.
///
/// ```
///  0 form   1 process   2 batches done   3 state   4 checksum   5 scoring   6 … runs of 3 words
/// ```
///
/// The state is 0 while nothing is at hand, else twice the number of runs, and 1 more where the
/// batch is one record scored by itself. A run is partition, first and last offset. The checksum is
/// over state and runs. The word for scoring is 1 while the worker has its part of the group's
/// partitions and scores them. Bytes lie in the order of the processor: nobody reads them on
/// another machine.
package enum BatchJournal {
    package static let form: UInt64 = 0x5357_524a_0000_0002
    /// A batch of so many records has no more runs.
    package static let runsMax = 1_000
    package static let wordCount = Word.runs + 3 * runsMax
    package static let byteCount = 8 * wordCount

    package enum Word {
        package static let form = 0
        package static let process = 1
        package static let batchesDone = 2
        package static let state = 3
        package static let checksum = 4
        package static let scoring = 5
        package static let runs = 6
    }

    /// Adds one word to a checksum, which begins with `form`.
    @inlinable
    package static func add(_ word: UInt64, to checksum: inout UInt64) {
        checksum = (checksum ^ word) &* 0x0000_0100_0000_01b3
        checksum ^= checksum >> 29
    }
}

/// What a worker left in its journal.
package struct WorkerJournal: Sendable, Equatable {
    /// The records that were at hand.
    package struct Batch: Sendable, Equatable {
        /// One a partition, in the order of the partitions.
        package var ranges: [OffsetRange]
        /// Whether it is one record, scored by itself.
        package var isSingle: Bool

        package init(ranges: [OffsetRange], isSingle: Bool) {
            self.ranges = ranges
            self.isSingle = isSingle
        }
    }

    /// The worker's process.
    package let process: Int32
    /// Whether it was done with a batch before.
    package let hasServed: Bool
    /// Nil where nothing was at hand.
    package let batch: Batch?

    /// Reads a journal, in which anything may stand.
    ///
    /// - Throws: `.invalid` for what is no journal, is of another form, or is damaged.
    package init(_ bytes: [UInt8]) throws(SwerveError) {
        guard bytes.count == BatchJournal.byteCount else {
            throw Self.invalid("\(bytes.count) bytes, not \(BatchJournal.byteCount)")
        }
        let words = (0..<BatchJournal.wordCount).map { Self.word($0, of: bytes) }
        guard words[BatchJournal.Word.form] == BatchJournal.form else {
            throw Self.invalid("it is of another form")
        }
        guard let process = Int32(exactly: words[BatchJournal.Word.process]) else {
            throw Self.invalid("it names no process")
        }
        self.process = process
        hasServed = words[BatchJournal.Word.batchesDone] > 0
        batch = try Self.batch(words)
    }

    /// The worker's process, which may still write; nil for what is no journal.
    package static func process(_ bytes: [UInt8]) -> Int32? {
        guard bytes.count == BatchJournal.byteCount,
            word(BatchJournal.Word.form, of: bytes) == BatchJournal.form
        else { return nil }
        return Int32(exactly: word(BatchJournal.Word.process, of: bytes))
    }

    /// Whether the worker `process`, which may still write, says that it scores.
    ///
    /// Reads what a store leaves whole; false for what is no journal of that process.
    package static func isScoring(_ bytes: [UInt8], process: Int32) -> Bool {
        self.process(bytes) == process && word(BatchJournal.Word.scoring, of: bytes) == 1
    }

    private static func batch(_ words: [UInt64]) throws(SwerveError) -> Batch? {
        let state = words[BatchJournal.Word.state]
        guard state != 0 else { return nil }
        guard (1...UInt64(BatchJournal.runsMax)).contains(state >> 1) else {
            throw invalid("\(state >> 1) runs of records, of at most \(BatchJournal.runsMax)")
        }
        let runs = words[BatchJournal.Word.runs...].prefix(3 * Int(state >> 1))
        var checksum = BatchJournal.form
        BatchJournal.add(state, to: &checksum)
        for word in runs { BatchJournal.add(word, to: &checksum) }
        guard checksum == words[BatchJournal.Word.checksum] else {
            throw invalid("its checksum is wrong")
        }
        guard let ranges = ranges(Array(runs)) else {
            throw invalid("a run of records that makes no sense")
        }
        let isSingle = state & 1 == 1
        guard !isSingle || ranges.count == 1 && ranges[0].first == ranges[0].last else {
            throw invalid("one record that is several")
        }
        return Batch(ranges: ranges, isSingle: isSingle)
    }

    private static func word(_ index: Int, of bytes: [UInt8]) -> UInt64 {
        var word: UInt64 = 0
        for place in 0..<8 { word |= UInt64(bytes[8 * index + place]) << (8 * place) }
        return UInt64(littleEndian: word)
    }

    /// Nil where a run is none; runs of one partition become one range.
    private static func ranges(_ words: [UInt64]) -> [OffsetRange]? {
        var byPartition: [Int32: OffsetRange] = [:]
        for start in stride(from: 0, to: words.count, by: 3) {
            guard let partition = Int32(exactly: words[start]),
                let first = Int64(exactly: words[start + 1]),
                let last = Int64(exactly: words[start + 2]), first <= last
            else { return nil }
            var range = OffsetRange(partition: partition, first: first, last: last)
            if let before = byPartition[partition] {
                range.first = min(first, before.first)
                range.last = max(last, before.last)
            }
            byPartition[partition] = range
        }
        return byPartition.values.sorted { $0.partition < $1.partition }
    }

    private static func invalid(_ reason: String) -> SwerveError {
        SwerveError(.invalid, act: "reading what a worker had at hand", reason: reason)
    }
}
