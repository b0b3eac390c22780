import Lifecycle
import Testing

@testable import Verification

/// Verdicts beside one another, and what corrects a wrong one.
@Suite("Corrections")
struct CorrectionTests {
    private let model: ModelName
    private let topics = StreamTopics(
        input: "in", output: "out", deadLetters: "dlq", control: "control", status: "status")

    init() throws { model = try ModelName("m") }

    // MARK: - Verdicts

    @Test("a verdict differs by its label, and where there is none by its score")
    func differs() {
        func verdict(_ score: ExpectedScore, beside label: String?) -> RescoredVerdict {
            RescoredVerdict(
                .scored(score, id: nil),
                beside: ImpactFixture.answer(1, label: label, score: 0.5).prediction)
        }
        #expect(!verdict(ImpactFixture.score("attack", -9), beside: "attack").differs)
        #expect(verdict(ImpactFixture.score("normal", 0.5), beside: "attack").differs)
        #expect(verdict(ImpactFixture.score(nil, 0.6), beside: nil).differs)
        #expect(!verdict(ImpactFixture.score(nil, 0.5 + 1e-12), beside: nil).differs)
        #expect(verdict(ImpactFixture.score(nil, 0.5), beside: "attack").differs)
    }

    @Test("what cannot be scored again is counted by its reason, and never guessed")
    func counted() {
        var counts = RescoreCounts()
        let answer = ImpactFixture.answer(1, label: "attack", atMs: 3_600_500)
        counts.add(.scored(ImpactFixture.score("attack"), differs: false), beside: answer)
        counts.add(.scored(ImpactFixture.score("normal"), differs: true), beside: answer)
        counts.add(.gone, beside: answer)
        counts.add(.absent, beside: answer)
        counts.add(.unknown("why"), beside: answer)
        counts.add(.unknown("why else"), beside: answer)
        counts.add(.unscorable(code: "not_json"), beside: answer)
        counts.add(letter: .scored(ImpactFixture.score("normal"), id: nil))
        counts.add(letter: .unscorable(code: "not_json"))
        #expect(counts.same == 1 && counts.differing == 1 && counts.undecided == 4)
        #expect(counts.changes == [RescoreCounts.Change(from: "attack", to: "normal"): 1])
        #expect(counts.byHour == [3_600_000: 1] && counts.unscorable == ["not_json": 1])
        #expect(counts.firstUnknown == "why")
        #expect(counts.lettersScored == ["normal": 1] && counts.lettersUnscored == 1)
    }

    // MARK: - Records

    @Test("a correction names what it corrects, has a prediction's fields, and is read back")
    func bytes() throws {
        var score = ImpactFixture.score("normal", -0.25)
        score.probabilities = [0.125]
        let answer = ImpactFixture.answer(7, label: "attack", score: 1.5, id: "r-7")
        let source = ImpactFixture.source()
        let bytes = Correction.bytes(
            model: model, topics: topics, corrects: answer, with: score, by: source)
        let json = try JSONValue(parsing: bytes, act: "reading it")
        #expect(json["role"] == "correction" && json["version"] == 1 && json["epoch"] == 4)
        #expect(json["label"] == "normal" && json["score"] == -0.25 && json["of"] == "attack")
        #expect(json["probability"] == 0.125 && json["id"] == "r-7")
        #expect(json["source"] == ["topic": "in", "partition": 0, "offset": 7])
        #expect(
            json["corrects"] == [
                "topic": "out", "partition": 0, "offset": 70, "version": 2, "epoch": 3,
                "role": "stable", "score": 1.5, "label": "attack",
            ])
        let again = Correction.bytes(
            model: model, topics: topics, corrects: answer, with: score, by: source)
        #expect(bytes == again, "the same each time")
        let read = try #require(Correction.read(bytes, model: model, topics: topics))
        #expect(read.corrects == answer.at && read.scoring == source.scoring)
        let others = StreamTopics(
            input: "in", output: "other", deadLetters: "dlq", control: "control", status: "status")
        #expect(Correction.read(bytes, model: model, topics: others) == nil)
        #expect(Correction.read(bytes, model: try ModelName("n"), topics: topics) == nil)
        #expect(Correction.read(Array("hello".utf8), model: model, topics: topics) == nil)
        // Whoever reads predictions alone does not take it for one.
        #expect(PredictionReader(model: model, topic: "in").read(bytes) == nil)
    }

    private func whole() throws -> [String: JSONValue] {
        var score = ImpactFixture.score("normal", -0.25)
        score.probabilities = [0.125]
        let bytes = Correction.bytes(
            model: model, topics: topics,
            corrects: ImpactFixture.answer(7, label: "attack", score: 1.5, id: "r-7"), with: score,
            by: ImpactFixture.source())
        return try #require(try JSONValue(parsing: bytes, act: "reading it").object)
    }

    private func read(_ fields: [String: JSONValue]) -> Correction.Standing? {
        Correction.read(JSONValue.object(fields).bytes, model: model, topics: topics)
    }

    @Test("what lacks anything that a correction has is none")
    func incomplete() throws {
        let whole = try whole()
        #expect(read(whole) != nil)
        for name in [
            "schema", "model", "role", "version", "digest", "scoring", "score", "source",
            "corrects",
        ] {
            var less = whole
            less[name] = nil
            #expect(read(less) == nil, "without \(name)")
            less[name] = .bool(true)
            #expect(read(less) == nil, "\(name) of another kind")
        }
        for name in ["topic", "partition", "offset", "version", "epoch", "role", "score"] {
            var less = whole
            var corrects = try #require(whole["corrects"]?.object)
            corrects[name] = nil
            less["corrects"] = .object(corrects)
            #expect(read(less) == nil, "without corrects.\(name)")
        }
        for (name, value): (String, JSONValue) in [
            ("label", 1), ("of", []), ("id", 5), ("probability", "x"), ("decision", 1),
            ("scoring", "short"), ("digest", "sha256:1"), ("epoch", "4"),
            ("source", ["topic": "elsewhere", "partition": 0, "offset": 7]),
            ("source", ["topic": "in", "partition": 1, "offset": 7]),
        ] {
            var other = whole
            other[name] = value
            #expect(read(other) == nil, "\(name)")
        }
    }

    @Test(
        "one that says something else than this version does is not the one that would be written")
    func forged() throws {
        let whole = try whole()
        let own = try #require(read(whole)?.tag)
        #expect(Correction.tag(of: JSONValue.object(whole).bytes) == own)
        for (name, value): (String, JSONValue?) in [
            ("label", "forged"), ("label", nil), ("score", 1e9), ("score", -0.2501),
            ("probability", 0.9), ("of", "normal"), ("id", nil), ("version", 3), ("note", "hello"),
        ] {
            var forged = whole
            forged[name] = value
            let found = try #require(read(forged))
            #expect(found.tag != own, "\(name)")
            var standing = StandingCorrections(0..<100, scoring: found.scoring)
            standing.hear(found)
            #expect(standing[70] == .same && standing.isDue(70, differs: true, tag: own))
        }
        // What another processor computes in the last place, and another epoch of the same.
        for (name, value): (String, JSONValue) in [("score", -0.2500000000000001), ("epoch", 9)] {
            var same = whole
            same[name] = value
            let found = try #require(read(same))
            var standing = StandingCorrections(0..<100, scoring: found.scoring)
            standing.hear(found)
            #expect(!standing.isDue(70, differs: true, tag: own), "\(name)")
        }
    }

    @Test("other settings are another word")
    func scoring() {
        let plain = ImpactFixture.source()
        let other = ImpactFixture.source(settings: VersionSettings(threshold: 0.5))
        #expect(plain.scoring.count == 16 && plain.scoring != other.scoring)
        #expect(plain.scoring == ImpactFixture.source().scoring)
    }

    // MARK: - What stands

    private func standing(_ words: [(offset: Int64, scoring: String)]) -> StandingCorrections {
        var standing = StandingCorrections(100..<200, scoring: "mine")
        for word in words {
            standing.hear(
                Correction.Standing(
                    corrects: StreamPlace(partition: 0, offset: word.offset), scoring: word.scoring,
                    tag: 7))
        }
        return standing
    }

    @Test("nothing is written twice, and the newest word counts")
    func due() {
        let found = standing([
            (100, "mine"), (163, "theirs"), (164, "theirs"), (164, "mine"), (199, "mine"),
            (199, "theirs"), (200, "mine"), (99, "mine"),
        ])
        #expect(found[100] == .same && found[101] == .none && found[163] == .other)
        #expect(found[164] == .same && found[199] == .other)
        #expect(!found.isDue(100, differs: true, tag: 7), "it stands")
        #expect(
            found.isDue(101, differs: true, tag: 7) && !found.isDue(101, differs: false, tag: 7))
        #expect(found.isDue(163, differs: true, tag: 7))
        #expect(
            found.isDue(163, differs: false, tag: 7),
            "another's word stands in the place of a prediction that was right")
        #expect(!found.isDue(164, differs: true, tag: 7) && found.isDue(199, differs: true, tag: 7))
    }

    @Test("a run that was killed anywhere and run again writes each correction once")
    func resumed() {
        let wrong = (100..<200).filter { $0 % 3 == 0 }.map { Int64($0) }
        for killed in 0...wrong.count {
            var topic: [Int64] = Array(wrong.prefix(killed))
            for _ in 0..<2 {
                let found = standing(topic.map { ($0, "mine") })
                topic += (Int64(100)..<200).filter {
                    found.isDue($0, differs: $0 % 3 == 0, tag: 7)
                }
            }
            #expect(topic == wrong)
        }
    }
}
