import Kafka
import Lifecycle
package import Platform

/// Writes down which records the poll thread has at hand, where it outlives the process
/// (`BatchJournal`), so that a record that ends the process is found.
///
/// Plain stores into mapped memory, a few for each batch: no call of the system, no allocation.
/// Poll thread only.
package final class BatchLog {
    private let words: MappedWords
    private var batchesDone: UInt64 = 0
    private let owner = ThreadOwner()

    /// - Parameters:
    ///   - words: `BatchJournal.wordCount` of them, which only this writes.
    ///   - process: this process's id.
    package init(_ words: MappedWords, process: Int32 = ProcessIdentity.processID) {
        precondition(words.count == BatchJournal.wordCount, "another form of a journal")
        self.words = words
        words[BatchJournal.Word.state] = 0
        words[BatchJournal.Word.batchesDone] = 0
        words[BatchJournal.Word.scoring] = 0
        words[BatchJournal.Word.process] = UInt64(clamping: process)
        words[BatchJournal.Word.form] = BatchJournal.form
    }

    /// The slot's; nil where its file cannot be made, which is told.
    static func open(
        _ configuration: WorkerConfiguration, _ shared: WorkerShared
    ) -> BatchLog? {
        do throws(SwerveError) {
            return BatchLog(
                try MappedWords(
                    file: configuration.journalPath(), count: BatchJournal.wordCount))
        } catch {
            shared.log.warning(
                "\(error.description); without it, a record that ends its worker is not found out")
            return nil
        }
    }

    /// Whether the worker has its part of the group's partitions and scores them: what a supervisor
    /// that restarts its slots one after the other waits for.
    package var isScoring = false {
        didSet {
            owner.assertCurrent()
            guard isScoring != oldValue else { return }
            words[BatchJournal.Word.scoring] = isScoring ? 1 : 0
        }
    }

    /// These records are at hand until `end`.
    ///
    /// - Parameter isSingle: it is one record, scored by itself.
    package func begin(_ staged: [StagedRecord], isSingle: Bool) {
        owner.assertCurrent()
        words[BatchJournal.Word.state] = 0
        let runs = writeRuns(staged)
        guard runs > 0 else { return }
        let state = UInt64(runs) << 1 | (isSingle ? 1 : 0)
        var checksum = BatchJournal.form
        BatchJournal.add(state, to: &checksum)
        for place in BatchJournal.Word.runs..<(BatchJournal.Word.runs + 3 * runs) {
            BatchJournal.add(words[place], to: &checksum)
        }
        words[BatchJournal.Word.checksum] = checksum
        words[BatchJournal.Word.state] = state
    }

    /// What was at hand is done, as far as it may end this process.
    package func end() {
        owner.assertCurrent()
        guard words[BatchJournal.Word.state] != 0 else { return }
        batchesDone &+= 1
        words[BatchJournal.Word.batchesDone] = batchesDone
        words[BatchJournal.Word.state] = 0
    }

    /// A run for each stretch of records of one partition.
    private func writeRuns(_ staged: [StagedRecord]) -> Int {
        var runs = 0
        var index = 0
        while index < staged.count, runs < BatchJournal.runsMax {
            let first = staged[index].view
            var last = first.offset
            index += 1
            while index < staged.count, staged[index].view.partition == first.partition {
                last = staged[index].view.offset
                index += 1
            }
            let place = BatchJournal.Word.runs + 3 * runs
            words[place] = UInt64(clamping: first.partition)
            words[place + 1] = UInt64(clamping: first.offset)
            words[place + 2] = UInt64(clamping: last)
            runs += 1
        }
        return runs
    }
}
