import Inputs
import Lifecycle
import Testing

@testable import Verification

/// A prediction of a traced record is held against all that it says.
@Suite("A traced prediction, held against its record")
struct TraceJudgeTests {
    private typealias Difference = JudgedTrace.Answer.Difference

    private static func expected() -> ExpectedScore {
        var expected = ExpectedScore(score: 0.5, label: Array("attack".utf8))
        expected.positive = Array("\"attack\"".utf8)
        expected.probabilities = [0.75]
        return expected
    }

    private static func judged(
        _ opinion: ScoreOpinion?, _ change: (inout Verification.Prediction) -> Void = { _ in }
    ) -> JudgedTrace.Answer {
        var prediction = Verification.Prediction(
            version: 1, epoch: 2, role: .stable, score: 0.5, label: Array("attack".utf8),
            partition: 3, offset: 42, id: Array("r-1".utf8))
        prediction.of = Array("attack".utf8)
        prediction.probabilities = [0.75]
        change(&prediction)
        let answer = TracedRecord.Answer(
            prediction: prediction, key: nil, at: StreamPlace(partition: 3, offset: 40), atMs: nil)
        var judged = JudgedTrace.Answer(answer: answer, epoch: nil)
        judged.opinion = opinion
        return judged
    }

    @Test("it agrees with its score, label, probability, class and id, and not without one of them")
    func differences() {
        let opinion = ScoreOpinion.scored(Self.expected(), id: Array("r-1".utf8))
        let right = Self.judged(opinion)
        #expect(right.differences.isEmpty && right.agrees == true)
        let changes: [(Difference, (inout Verification.Prediction) -> Void)] = [
            (.score, { $0.score = -0.5 }), (.label, { $0.label = Array("normal".utf8) }),
            (.label, { $0.label = nil }), (.probability, { $0.probabilities = [0.9] }),
            (.probability, { $0.probabilities = nil }),
            (.positive, { $0.of = Array("normal".utf8) }), (.id, { $0.id = Array("zzz".utf8) }),
            (.id, { $0.id = nil }),
        ]
        for (difference, change) in changes {
            let wrong = Self.judged(opinion, change)
            #expect(wrong.differences == [difference] && wrong.agrees == false)
        }
        // One that does not say of which class it speaks is not wrong.
        #expect(Self.judged(opinion) { $0.of = nil }.agrees == true)
    }

    @Test("a prediction of what has no score is wrong, and of what nobody knows undecided")
    func noScore() {
        let unscorable = Self.judged(.unscorable(code: "not_json"))
        #expect(unscorable.differences == [.score] && unscorable.agrees == false)
        for opinion in [nil, ScoreOpinion.unknown("why")] {
            var judged = Self.judged(opinion)
            #expect(judged.differences.isEmpty && judged.agrees == nil)
            judged.isKeyRight = false
            #expect(judged.differences == [.key] && judged.agrees == false)
        }
    }

    private struct NoArtifacts: ArtifactSource {
        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            throw SwerveError(.notFound, act: "a test", reason: "its files are gone")
        }
    }

    @Test("the key is the record's; none is the same as an empty one, and one that is gone unknown")
    func key() throws {
        let fixture = try AuditFixture()
        let judge = try TraceJudge(
            fixture.terms.model, form: RecordForm(InputSettings()), book: fixture.book,
            artifacts: NoArtifacts(), top: 0, mask: { $0 })
        func isKeyRight(_ own: [UInt8]?, _ answered: [UInt8]?, isKept: Bool = true) throws -> Bool?
        {
            var traced = TracedRecord(place: StreamPlace(partition: 3, offset: 42))
            traced.isKept = isKept
            traced.key = own
            traced.answers = [
                TracedRecord.Answer(
                    prediction: Self.judged(nil).answer.prediction, key: answered,
                    at: StreamPlace(partition: 3, offset: 40), atMs: nil)
            ]
            return try judge.judge(traced, against: nil).answers.first?.isKeyRight
        }
        #expect(try isKeyRight([1], [1]) == true && isKeyRight([1], [2]) == false)
        #expect(try isKeyRight(nil, []) == true && isKeyRight([1], nil) == false)
        #expect(try isKeyRight(nil, [1], isKept: false) == nil)
    }
}
