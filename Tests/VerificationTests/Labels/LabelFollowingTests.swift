import Inputs
import Judge
import Kafka
import Lifecycle
import TestSupport
import Testing

@testable import Verification

/// Labels that are read again and again while a rollout runs.
@Suite("Following labels")
struct LabelFollowingTests {
    private static let pause = LabelSearch.pauseMs
    private static let back = LabelSearch.backMs

    private struct NoArtifacts: ArtifactSource {
        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            throw SwerveError(.notFound, act: "a test", reason: "its files are gone")
        }
    }

    private func place(_ offset: Int64) -> StreamPlace { StreamPlace(partition: 0, offset: offset) }

    private func drawn(_ labels: [String]) -> [LabelBook.Entry] {
        var book = LabelBook()
        for (offset, label) in labels.enumerated() {
            _ = book.add(
                LabelRecord(
                    .place(place(Int64(offset))), label: label, basis: LabelRecord.random))
        }
        return book.entries
    }

    private func find(_ entry: LabelBook.Entry) -> StreamPlace? {
        guard case .place(let place) = entry.subject else { return nil }
        return place
    }

    private let meaning: LabelMeaning

    init() throws {
        meaning = LabelMeaning(
            alerts: ["attack"],
            [
                try ReplayFixture.version(
                    2, classes: ["1", "0"], labels: ["attack": "1", "benign": "0"]),
                try ReplayFixture.version(
                    1, classes: ["+1", "-1"], labels: ["attack": "+1", "fine": "-1"]),
            ])
    }

    private func joiner(
        capacity: Int, follows: Bool, isStopped: @escaping () -> Bool = { false }
    ) throws -> LabelJoiner {
        let access = StreamAccess(
            settings: KafkaSettings(), input: RecordForm(InputSettings()),
            artifacts: NoArtifacts(), timeoutMs: 1, log: { _, _ in })
        return LabelJoiner(
            access, try AuditFixture().terms, capacity: capacity, follows: follows,
            isStopped: isStopped)
    }

    private func take(_ joiner: LabelJoiner, _ id: String, _ label: String, _ basis: String) throws
    {
        let line = #"{"id":"\#(id)","label":"\#(label)","basis":"\#(basis)"}"#
        try joiner.take(Array(line.utf8), from: "a test") { "line 1" }
    }

    // MARK: - Verdicts

    @Test("where nobody can say for now, that is no record without a score")
    func unknown() throws {
        let scored = ScoreOpinion.scored(
            ExpectedScore(score: 1, label: Array("attack".utf8)), id: nil)
        #expect(try PairScorer.isAlert(scored, ["attack"]) == true)
        #expect(try PairScorer.isAlert(scored, ["other"]) == false)
        #expect(try PairScorer.isAlert(.unscorable(code: "not_json"), ["attack"]) == nil)
        let error = try #require(throws: SwerveError.self) {
            try PairScorer.isAlert(.unknown("its files are gone"), ["attack"])
        }
        #expect(error.code == .unavailable && error.reason == "its files are gone")
    }

    @Test("a record counts as asked once it was answered, and once only")
    func askedAgain() {
        var known = FollowedLabels()
        let entries = drawn(["attack", "normal"])
        // A fault comes between: the next reading asks about the same records.
        for _ in 0..<2 {
            #expect(known.fresh(entries, find).order == [place(0), place(1)])
        }
        let verdicts = FeedbackTally.Verdicts(stable: true, candidate: false)
        known.take(known.fresh(entries, find), meaning, [place(0): verdicts])
        #expect(known.records.map(\.outcome) == [1] && known.gone == 1)
        #expect(known.fresh(entries, find).order.isEmpty)
        let changed = known.fresh(drawn(["normal", "normal", "attack"]), find)
        #expect(changed.contradicted == 1 && changed.order == [place(2)])
    }

    @Test("labels that neither version knows are left out and told, and are no normal ones")
    func strange() {
        for (label, isAttack) in [
            ("attack", true), ("1", true), ("+1", true), ("benign", false), ("0", false),
            ("fine", false), ("-1", false), ("normal", false), ("robot", nil), ("", nil),
        ] as [(String, Bool?)] {
            #expect(meaning.isAttack(label) == isAttack, "\(label)")
        }
        var known = FollowedLabels()
        let fresh = known.fresh(drawn(["robot", "normal", "1"]), find)
        let verdicts = FeedbackTally.Verdicts(stable: false, candidate: true)
        known.take(fresh, meaning, [place(0): verdicts, place(1): verdicts, place(2): verdicts])
        #expect(known.records.map(\.isAttack) == [false, true])
        #expect(known.strange == 1 && known.firstStrange == "robot" && known.gone == 0)
    }

    @Test("beyond its room nothing is asked, and that is counted")
    func room() {
        var known = FollowedLabels(capacity: 2)
        let entries = drawn(["attack", "normal", "attack"])
        let fresh = known.fresh(entries, find)
        #expect(fresh.order.count == 2 && fresh.beyond == 1)
        known.take(fresh, meaning, [:])
        let again = known.fresh(entries, find)
        #expect(again.order.isEmpty && again.beyond == 1)
    }

    // MARK: - Ids

    @Test("an id that is never found is looked for once in all, then in what comes, then no more")
    func neverFound() {
        var search = LabelSearch()
        #expect(search.scope(for: [], nowMs: 0) == nil)
        #expect(search.scope(for: ["a"], nowMs: 0) == .whole)
        search.begin(nowMs: 0)
        // The pause counts from the end, also of a long reading.
        search.end(["a"], readTo: [0: 50], nowMs: 0, tookMs: 2 * Self.pause)
        #expect(search.scope(for: ["a"], nowMs: 4 * Self.pause - 1) == nil)
        #expect(search.scope(for: ["a"], nowMs: 4 * Self.pause) == .onward)
        #expect(search.ends == [0: 50])
        // One that nobody looked for yet may be anywhere.
        #expect(search.scope(for: ["a", "b"], nowMs: 4 * Self.pause) == .whole)
        #expect(search.standing(of: "a", nowMs: Self.back) == .sought)
        #expect(search.standing(of: "a", nowMs: Self.back + 1) == .givenUp)
        #expect(search.scope(for: ["a"], nowMs: Self.back + 1) == nil)
    }

    @Test("a reading that fails is tried again, and not at once")
    func failed() {
        var search = LabelSearch()
        #expect(search.scope(for: ["a"], nowMs: 0) == .whole)
        search.begin(nowMs: 0)
        #expect(search.scope(for: ["a"], nowMs: Self.pause - 1) == nil)
        #expect(search.scope(for: ["a"], nowMs: Self.pause) == .whole)
    }

    @Test("an id keeps its first place, and one of several records has none")
    func found() {
        var search = LabelSearch(capacity: 3)
        search.meet("a", at: place(1))
        search.meet("a", at: place(2))
        search.meet("b", at: nil)
        search.meet("b", at: place(3))
        #expect(search.places == ["a": place(1)])
        #expect(search.standing(of: "b", nowMs: 0) == .ambiguous)
        #expect(search.scope(for: ["a", "b"], nowMs: 0) == nil)
        // Those that are no longer labelled are forgotten where there is no room.
        search.meet("c", at: place(4))
        search.meet("d", at: place(5))
        #expect(search.scope(for: ["d"], nowMs: 0) == nil)
        #expect(search.places == ["d": place(5)])
    }

    // MARK: - Many labels

    @Test("labels beyond the bound end nothing, and those drawn at random have half of the room")
    func bounded() throws {
        let joiner = try self.joiner(capacity: 4, follows: true)
        for id in ["a", "b", "c"] { try take(joiner, id, "attack", "alert") }
        for id in ["r", "s", "t"] { try take(joiner, id, "attack", "random") }
        try take(joiner, "a", "normal", "random")
        let report = joiner.finish()
        #expect(report.undrawn == 1 && report.beyond == 1)
        #expect(report.book.entries.map(\.subject) == [.id("a"), .id("b"), .id("r"), .id("s")])
        #expect(report.book.contradictions == [.id("a")])
        let whole = try self.joiner(capacity: 1, follows: false)
        try take(whole, "a", "attack", "random")
        let error = try #require(throws: SwerveError.self) {
            try take(whole, "b", "attack", "random")
        }
        #expect(error.code == .tooLarge)
    }

    @Test("a label too long to be one is counted and left out, of a file and of a topic")
    func tooLong() throws {
        let folder = try TemporaryFolder()
        func line(_ id: String, bytes: Int) -> String {
            let text = #"{"id":"\#(id)","label":"attack","why":""}"#
            return text.dropLast(2) + String(repeating: "x", count: bytes - text.utf8.count) + "\"}"
        }
        let limit = LabelRecord.bytesMax
        let lines = [
            line("a", bytes: limit), line("b", bytes: limit + 1), line("c", bytes: 200_000),
            line("d", bytes: 100),
        ]
        let file = try folder.write("labels.jsonl", lines.joined(separator: "\n"))
        let ofFile = try joiner(capacity: 10, follows: false)
        try ofFile.readFile(file)
        let ofTopic = try joiner(capacity: 10, follows: false)
        for (offset, line) in lines.enumerated() {
            try ofTopic.take(Array(line.utf8), from: "a topic") { "0@\(offset)" }
        }
        for (report, first) in [(ofFile.finish(), "line 2: "), (ofTopic.finish(), "0@1: ")] {
            #expect(report.book.entries.map(\.subject) == [.id("a"), .id("d")])
            #expect(report.unreadable == 2)
            #expect(report.firstUnreadable?.hasPrefix(first) == true, "\(report)")
        }
    }

    @Test("a reading ends between two labels once it is told to")
    func stopped() throws {
        let joiner = try self.joiner(capacity: 4, follows: true, isStopped: { true })
        let error = try #require(throws: SwerveError.self) {
            try take(joiner, "a", "attack", "random")
        }
        #expect(error.code == .unavailable && joiner.finish().book.entries.isEmpty)
    }
}
