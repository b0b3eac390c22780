import Lifecycle

/// The bytes of a worker's journal, as `BatchJournal` says.
package struct JournalBytes {
    package var process: Int32 = 77
    package var batchesDone: UInt64 = 0
    /// Partition, first and last offset.
    package var runs: [(Int32, Int64, Int64)]
    package var isSingle = false
    package var isScoring = false

    package init(_ runs: [(Int32, Int64, Int64)], isSingle: Bool = false) {
        self.runs = runs
        self.isSingle = isSingle
    }

    /// - Parameters:
    ///   - damage: done to the words of the whole.
    ///   - isSummed: whether the checksum is made after that.
    package func bytes(
        isSummed: Bool = false, _ damage: (inout [UInt64]) -> Void = { _ in }
    ) -> [UInt8] {
        var words = [UInt64](repeating: 0, count: BatchJournal.wordCount)
        words[BatchJournal.Word.form] = BatchJournal.form
        words[BatchJournal.Word.process] = UInt64(process)
        words[BatchJournal.Word.batchesDone] = batchesDone
        words[BatchJournal.Word.state] = UInt64(2 * runs.count + (isSingle ? 1 : 0))
        words[BatchJournal.Word.scoring] = isScoring ? 1 : 0
        let run = runs.flatMap { [UInt64($0.0), UInt64($0.1), UInt64($0.2)] }
        words.replaceSubrange(
            BatchJournal.Word.runs..<(BatchJournal.Word.runs + run.count), with: run)
        if isSummed { damage(&words) }
        var checksum = BatchJournal.form
        BatchJournal.add(words[BatchJournal.Word.state], to: &checksum)
        for word in words[BatchJournal.Word.runs...].prefix(run.count) {
            BatchJournal.add(word, to: &checksum)
        }
        words[BatchJournal.Word.checksum] = checksum
        if !isSummed { damage(&words) }
        return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }
}
