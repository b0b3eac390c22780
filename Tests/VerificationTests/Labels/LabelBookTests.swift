import Judge
import Lifecycle
import Testing

@testable import Verification

/// Labels that come later, and the predictions that they are held against.
@Suite("Labels")
struct LabelBookTests {
    private func id(_ id: String, _ label: String, _ basis: String? = nil) -> LabelRecord {
        LabelRecord(.id(id), label: label, basis: basis)
    }

    private func place(_ offset: Int64, _ label: String, _ basis: String? = nil) -> LabelRecord {
        LabelRecord(.place(StreamPlace(partition: 0, offset: offset)), label: label, basis: basis)
    }

    private func prediction(
        _ offset: Int64, id: String? = nil, version: Int = 1, _ label: String = "attack"
    ) -> Verification.Prediction {
        ImpactFixture.answer(offset, version: version, label: label, id: id).prediction
    }

    // MARK: - Reading

    private func read(_ text: String) throws -> LabelRecord {
        try LabelRecord(parsing: Array(text.utf8), input: "in")
    }

    @Test("a label names its record by id or place")
    func reads() throws {
        #expect(
            try read(#"{"id":"r-1","label":"attack","basis":"random"}"#)
                == id("r-1", "attack", "random"))
        #expect(try read(#"{"id":17,"label":1}"#) == id("17", "1"))
        #expect(try read(#"{"source":"0@5","label":"x"}"#) == place(5, "x"))
        #expect(
            try read(#"{"source":{"topic":"in","partition":0,"offset":5},"id":"i","label":"x"}"#)
                == place(5, "x"))
    }

    @Test(
        "what is no label is refused with the reason",
        arguments: [
            ("[]", "no object"), (#"{"id":"a"}"#, "no label"), (#"{"label":"x"}"#, "no record"),
            (#"{"id":"a","label":"x","basis":3}"#, "basis"),
            (#"{"id":"","label":"x"}"#, "no record"),
            (#"{"source":"0@-5","label":"x"}"#, "no place"), ("hello", ""),
            (
                #"{"source":{"topic":"other","partition":0,"offset":5},"label":"x"}"#,
                "of topic other"
            ),
            (#"{"id":"a","label":{}}"#, "no label"),
        ])
    func refuses(text: String, words: String) throws {
        let error = try #require(throws: SwerveError.self) { try read(text) }
        #expect(error.reason.contains(words), "\(error)")
    }

    // MARK: - Joining

    @Test("labels meet their predictions by id and by place, the last answer counts")
    func joins() {
        var book = LabelBook()
        for label in [id("a", "attack"), place(2, "normal"), id("c", "normal"), id("z", "attack")] {
            _ = book.add(label)
        }
        book.meet(prediction(1, id: "a"))
        book.meet(prediction(2, "normal"))
        book.meet(prediction(3, id: "c", version: 1, "attack"))
        book.meet(prediction(3, id: "c", version: 2, "normal"))
        book.meet(prediction(4, id: "nobody"))
        #expect(book.entries.map { $0.match?.version } == [1, 1, 2, nil])
        #expect(book.reanswered == 1)
        #expect(book.unmatched == [.id("z")])
        #expect(book.entries.filter(\.counts).count == 3)
    }

    @Test("contradictions are told and left out, whichever way a record is named")
    func contradictions() {
        var book = LabelBook()
        #expect(book.add(id("a", "attack")) == .taken)
        #expect(book.add(id("a", "attack", "random")) == .again)
        #expect(book.add(id("a", "normal")) == .contradicts)
        #expect(book.add(id("b", "attack")) == .taken)
        #expect(book.add(place(2, "normal")) == .taken)
        #expect(book.add(id("c", "normal", "alert")) == .taken)
        #expect(book.add(place(3, "normal", "random")) == .taken)
        book.meet(prediction(1, id: "a"))
        book.meet(prediction(2, id: "b"))
        book.meet(prediction(3, id: "c"))
        book.meet(prediction(3, id: "c"))
        // A record is one, whichever ways it is named.
        #expect(book.contradictions == [.id("a"), place(2, "normal").subject])
        let counting = book.entries.filter(\.counts)
        #expect(counting.map(\.subject) == [place(3, "normal").subject])
        #expect(counting.first?.basis == "random")
    }

    @Test("an id that several records have says nothing of any")
    func ambiguous() {
        var book = LabelBook()
        _ = book.add(id("a", "attack"))
        book.meet(prediction(1, id: "a"))
        book.meet(prediction(2, id: "a"))
        #expect(book.ambiguous == [.id("a")] && book.entries.allSatisfy { !$0.counts })
    }

    @Test("more labels than are kept are refused, and none is dropped")
    func full() {
        var book = LabelBook(capacity: 2)
        #expect(book.add(id("a", "x")) == .taken && book.add(id("b", "x")) == .taken)
        #expect(book.add(id("a", "x")) == .again && book.add(id("c", "x")) == .full)
    }

    // MARK: - Figures

    @Test("precision and recall by version and class, with intervals; random apart")
    func scores() throws {
        var book = LabelBook()
        // 8 of 10 attacks found, 2 of 30 normal ones called attack; half of all at random.
        for number in 0..<Int64(40) {
            let isAttack = number < 10
            _ = book.add(
                place(
                    number, isAttack ? "attack" : "normal", number % 2 == 0 ? "random" : "alert"))
            let isFound = isAttack ? number < 8 : number < 12
            book.meet(prediction(number, isFound ? "attack" : "normal"))
        }
        _ = book.add(place(50, "robot"))
        book.meet(prediction(50, "normal"))
        let scores = LabelScores(book) { _ in ["attack", "normal"] }
        #expect(scores.bases == ["random": 20, "alert": 20])
        #expect(scores.strange == 1 && scores.firstStrange?.contains("robot") == true)
        let row = try #require(scores.all.first)
        #expect(row.version == 1 && row.records == 40)
        let attack = try #require(row.classes.first { $0.name == "attack" })
        #expect(attack.precision == Proportion(8, of: 10) && attack.recall == Proportion(8, of: 10))
        let normal = try #require(row.classes.first { $0.name == "normal" })
        #expect(normal.recall == Proportion(28, of: 30))
        #expect(normal.precision == Proportion(28, of: 30))
        // Wilson's interval of 8 in 10, as tables have it.
        let interval = try #require(attack.recall.interval)
        #expect(abs(interval.lowerBound - 0.4901625) < 1e-6)
        #expect(abs(interval.upperBound - 0.9433178) < 1e-6)
        #expect(scores.random.first?.records == 20)
        let unknown = LabelScores(book) { _ in nil }
        #expect(unknown.strange == 0 && unknown.all.first?.records == 41)
    }

    // MARK: - The judge's form

    @Test("outcomes are counted as the judge takes them")
    func feedback() throws {
        var tally = FeedbackTally()
        func add(_ isAttack: Bool, _ stable: Bool?, _ candidate: Bool?, times: Int = 1) {
            for _ in 0..<times {
                tally.add(
                    isAttack: isAttack,
                    FeedbackTally.Verdicts(stable: stable, candidate: candidate))
            }
        }
        add(false, false, false, times: 4)
        add(false, false, true, times: 3)
        add(false, true, false, times: 2)
        add(false, true, true)
        add(true, true, true, times: 5)
        add(true, true, false, times: 6)
        add(true, false, true, times: 7)
        add(true, false, false, times: 8)
        add(true, nil, true)
        #expect(tally.normal == [4, 3, 2, 1] && tally.attack == [5, 6, 7, 8])
        #expect(tally.unscored == 1)
        let json = try #require(tally.feedback).json
        #expect(json == ["normal": [4, 3, 2, 1], "attack": [5, 6, 7, 8]])
    }
}
