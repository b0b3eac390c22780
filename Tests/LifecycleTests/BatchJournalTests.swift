import Lifecycle
import TestSupport
import Testing

@Suite("BatchJournal")
struct BatchJournalTests {
    typealias Word = BatchJournal.Word

    private let sample = JournalBytes([(2, 17, 41), (0, 5, 5)])

    private func range(_ partition: Int32, _ first: Int64, _ last: Int64) -> OffsetRange {
        OffsetRange(partition: partition, first: first, last: last)
    }

    @Test("what was at hand is read, by partition")
    func reads() throws {
        var bytes = sample
        bytes.batchesDone = 3
        let journal = try WorkerJournal(bytes.bytes())
        #expect(journal.process == 77 && journal.hasServed)
        #expect(
            journal.batch == .init(ranges: [range(0, 5, 5), range(2, 17, 41)], isSingle: false))
        #expect(try !WorkerJournal(sample.bytes()).hasServed)
    }

    @Test("runs of one partition are one range")
    func merges() throws {
        let journal = try WorkerJournal(
            JournalBytes([(1, 7, 9), (0, 1, 2), (1, 10, 12)]).bytes())
        #expect(journal.batch?.ranges == [range(0, 1, 2), range(1, 7, 12)])
    }

    @Test("nothing at hand is no batch")
    func nothing() throws {
        #expect(try WorkerJournal(sample.bytes { $0[Word.state] = 0 }).batch == nil)
    }

    @Test("one record scored by itself")
    func single() throws {
        let journal = try WorkerJournal(JournalBytes([(2, 40, 40)], isSingle: true).bytes())
        #expect(journal.batch == .init(ranges: [range(2, 40, 40)], isSingle: true))
    }

    @Test("a worker that still writes is read for whether it scores, and another's word is none")
    func scoring() {
        var bytes = sample
        #expect(!WorkerJournal.isScoring(bytes.bytes(), process: 77))
        bytes.isScoring = true
        #expect(WorkerJournal.isScoring(bytes.bytes(), process: 77))
        // Between two stores the checksum is not that of the runs.
        #expect(WorkerJournal.isScoring(bytes.bytes { $0[Word.checksum] += 1 }, process: 77))
        #expect(!WorkerJournal.isScoring(bytes.bytes(), process: 78))
        #expect(!WorkerJournal.isScoring(bytes.bytes { $0[Word.form] -= 1 }, process: 77))
        #expect(!WorkerJournal.isScoring(bytes.bytes { $0[Word.scoring] = 2 }, process: 77))
        #expect(!WorkerJournal.isScoring(bytes.bytes() + [0], process: 77))
        #expect(!WorkerJournal.isScoring([], process: 77))
        #expect(WorkerJournal.process(bytes.bytes { $0[Word.checksum] += 1 }) == 77)
        #expect(WorkerJournal.process(bytes.bytes { $0[Word.process] = .max }) == nil)
    }

    private func refusal(_ bytes: [UInt8]) -> String? {
        do {
            _ = try WorkerJournal(bytes)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("what is no journal is refused, with the reason")
    func refused() {
        #expect(refusal([]) == "0 bytes, not \(BatchJournal.byteCount)")
        #expect(refusal(sample.bytes() + [0]) == "24049 bytes, not 24048")
        #expect(refusal(sample.bytes { $0[Word.form] += 1 }) == "it is of another form")
        #expect(refusal(sample.bytes { $0[Word.process] = .max }) == "it names no process")
        #expect(refusal(sample.bytes { $0[Word.runs] = 3 }) == "its checksum is wrong")
        #expect(refusal(sample.bytes { $0[Word.state] = 2 }) == "its checksum is wrong")
        for state: UInt64 in [1, 2_002, .max] {
            let reason = refusal(sample.bytes { $0[Word.state] = state })
            #expect(reason?.hasSuffix("runs of records, of at most 1000") == true, "\(state)")
        }
        let nonsense = "a run of records that makes no sense"
        #expect(refusal(sample.bytes(isSummed: true) { $0[Word.runs] = 1 << 40 }) == nonsense)
        #expect(refusal(sample.bytes(isSummed: true) { $0[Word.runs + 1] = 1 << 63 }) == nonsense)
        #expect(refusal(JournalBytes([(2, 41, 17)]).bytes()) == nonsense)
        #expect(
            refusal(JournalBytes([(2, 17, 41)], isSingle: true).bytes())
                == "one record that is several")
    }

    @Test("2,000 damaged journals are read, or refused with a line")
    func damaged() throws {
        var mutator = ByteMutator(seed: 4, pieces: ["\0\0\0\0\0\0\0\0", "\u{1}\0\0\0"])
        let bytes = sample.bytes()
        let (head, rest) = (Array(bytes.prefix(128)), bytes.dropFirst(128))
        for _ in 0..<2_000 {
            let reason = refusal(Array(mutator.mutated(head).prefix(128)) + rest)
            #expect(reason.map { !$0.isEmpty && $0.printable == $0 } ?? true)
        }
    }

    @Test("ranges have in common what both have")
    func intersection() {
        let other = range(1, 10, 20)
        #expect(other.intersection(range(1, 20, 30)) == range(1, 20, 20))
        #expect(other.intersection(range(1, 0, .max)) == other)
        for apart in [range(1, 21, 30), range(1, 0, 9), range(2, 10, 20)] {
            #expect(other.intersection(apart) == nil)
        }
    }
}
