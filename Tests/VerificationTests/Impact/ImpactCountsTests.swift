import Lifecycle
import Testing

@testable import Verification

/// What a version decided, counted.
@Suite("Impact counts")
struct ImpactCountsTests {
    private let book: EpochBook

    init() throws { book = EpochBook(try (1...3).map { try AuditFixture.epoch($0) }) }

    @Test("records are counted once, by label, hour, version, epoch and role")
    func counts() {
        var counts = ImpactCounts()
        var window = OffsetWindow(capacity: 64)
        let answers = [
            ImpactFixture.answer(1), ImpactFixture.answer(2, label: "normal"),
            ImpactFixture.answer(1), ImpactFixture.answer(3, atMs: 7_200_001),
            ImpactFixture.answer(4, label: nil, atMs: nil),
        ]
        for answer in answers {
            counts.add(answer, window.meet(answer.prediction.offset), book)
        }
        #expect(counts.records == 4 && counts.again == 1 && counts.predictions == 5)
        #expect(counts.byLabel == ["attack": 2, "normal": 1, "-": 1])
        #expect(
            counts.byHour == [3_600_000: ["attack": 1, "normal": 1], 7_200_000: ["attack": 1]])
        #expect(counts.untimed == 1)
        #expect(counts.byVersion == [2: 4] && counts.byEpoch == [3: 4])
        #expect(counts.byRole == [.stable: 4])
        #expect(counts.unprescribed == 0 && counts.unknownEpoch == 0)
    }

    @Test("what nobody prescribed, and epochs that nobody announced, are told")
    func strangers() {
        var counts = ImpactCounts()
        counts.add(ImpactFixture.answer(1, version: 2, epoch: 1), .first, book)
        counts.add(ImpactFixture.answer(2, version: 2, epoch: 9), .first, book)
        counts.add(ImpactFixture.answer(3, version: 2, epoch: 3, role: .canary), .first, book)
        #expect(counts.records == 3 && counts.unprescribed == 2 && counts.unknownEpoch == 1)
        #expect(counts.firstUnprescribed == StreamPlace(partition: 0, offset: 10))
    }

    @Test("labels and hours that somebody makes up take no memory without end")
    func bounded() {
        var counts = ImpactCounts()
        for number in 0..<Int64(30_000) {
            counts.add(
                ImpactFixture.answer(
                    number, label: "l\(number)", atMs: number * 3_600_000), .first, book)
        }
        #expect(counts.records == 30_000)
        #expect(counts.byLabel.count == 1_001 && counts.byLabel[ImpactCounts.others] == 29_000)
        #expect(counts.byHour.count == 20_000 && counts.untimed == 10_000)
    }

    @Test("labels are told as people wrote them")
    func words() {
        #expect(ImpactCounts.words(Array(#"a\"b"#.utf8)) == #"a"b"#)
        #expect(ImpactCounts.words(Array("attack".utf8)) == "attack")
        #expect(ImpactCounts.words(nil) == "-")
    }

    @Test("a dead letter is whose epoch and key say, and nobody's where the key is not known")
    func letters() throws {
        let place = StreamPlace(partition: 0, offset: 7)
        func taken(
            _ selection: ImpactSelection, _ epoch: Int64, key: String? = "k", known: Bool = true
        ) -> ImpactSelection.Letter {
            selection.takes(
                epoch: epoch, key: key.map { Array($0.utf8) }, isKeyKnown: known, at: place, book)
        }
        #expect(taken(.epoch(2), 2) == .taken && taken(.epoch(2), 3) == .left)
        #expect(taken(.version(1), 1) == .taken && taken(.version(2), 1) == .left)
        #expect(taken(.version(2), 3) == .taken && taken(.version(2), 8) == .unknown)
        // Epoch 2 has a canary at half: its key decides.
        let decider = try #require(book[2]?.deployment).decider(
            key: Array("k".utf8), partition: place.partition, offset: place.offset)
        #expect(taken(.version(decider.version), 2) == .taken)
        #expect(taken(.version(3 - decider.version), 2) == .left)
        #expect(taken(.version(2), 2, key: nil, known: false) == .unknown)
        #expect(taken(.version(7), 2, key: nil, known: false) == .left)
        #expect(taken(.version(2), 3, key: nil, known: false) == .taken)
    }
}
