import Inputs
import Kafka
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// What the poll thread writes down, as a supervisor reads it from the file.
@Suite("BatchLog", .blocking)
struct BatchLogTests {
    private let held = HeldRecords()
    private let path: String
    private let folder: TemporaryFolder
    private let log: BatchLog

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("journal")
        log = BatchLog(
            try MappedWords(file: path, count: BatchJournal.wordCount), process: 9)
    }

    private func staged(_ places: [(Int32, Int64)]) -> [StagedRecord] {
        places.enumerated().map { index, place in
            StagedRecord(
                view: held.record(
                    Streams.request("/\(index)"), partition: place.0, offset: place.1),
                index: index, route: .stable)
        }
    }

    private func read() throws -> WorkerJournal {
        try WorkerJournal(StateFile.read(path, limit: BatchJournal.byteCount))
    }

    private func range(_ partition: Int32, _ first: Int64, _ last: Int64) -> OffsetRange {
        OffsetRange(partition: partition, first: first, last: last)
    }

    @Test("a batch is at hand from its beginning to its end, and counts as done then")
    func batch() throws {
        #expect(try read().batch == nil)
        #expect(try read().process == 9)
        log.begin(staged([(3, 7), (3, 9), (1, 0), (3, 12)]), isSingle: false)
        #expect(
            try read().batch == .init(ranges: [range(1, 0, 0), range(3, 7, 12)], isSingle: false))
        #expect(try !read().hasServed)
        log.end()
        #expect(try read().batch == nil)
        #expect(try read().hasServed)
    }

    @Test("whether the worker scores is told beside what is at hand")
    func scoring() throws {
        func isScoring() throws -> Bool {
            WorkerJournal.isScoring(
                try StateFile.read(path, limit: BatchJournal.byteCount), process: 9)
        }
        #expect(try !isScoring())
        log.isScoring = true
        log.begin(staged([(3, 7)]), isSingle: false)
        #expect(try isScoring())
        log.end()
        #expect(try isScoring())
        log.isScoring = false
        #expect(try !isScoring())
    }

    @Test("each batch stands alone")
    func next() throws {
        log.begin(staged([(3, 7), (1, 0), (3, 9)]), isSingle: false)
        log.end()
        log.begin(staged([(3, 9)]), isSingle: true)
        #expect(try read().batch == .init(ranges: [range(3, 9, 9)], isSingle: true))
    }

    @Test("what ended without anything at hand was no service")
    func nothing() throws {
        log.end()
        log.begin([], isSingle: false)
        #expect(try read().batch == nil)
        log.end()
        #expect(try !read().hasServed)
    }

    @Test("the largest batch, with a run for each record, fits")
    func largest() throws {
        log.begin(staged((0..<1_000).map { ($0 % 2, Int64($0)) }), isSingle: false)
        #expect(try read().batch?.ranges == [range(0, 0, 998), range(1, 1, 999)])
    }

    @Test("a refused record is a dead letter that stops nothing, and nothing reads it")
    func refuses() throws {
        var scorer = BatchScorer(decoder: try RecordDecoder(), capacity: 10, shadowPercent: 100)
        scorer.takeUp(try Streams.set(try Streams.constant(1, score: 1), epoch: 8))
        scorer.score(staged([(3, 6)]))
        scorer.refuse(staged([(3, 7), (3, 8)]))
        #expect(scorer.outcomes.count == 2)
        guard case .unscorable(let reason) = scorer.outcomes.first else {
            Issue.record("a prediction")
            return
        }
        #expect(reason.code == "crashed_worker" && reason.epoch == 8)
        #expect(
            reason.text
                == "workers died while they had the record at hand, the last one while it had no "
                + "other")
        #expect(reason.cause == .clients, "a stranger's record must not stop the service")
        #expect(scorer.tally.stable.scored == 0)
    }
}
