import Inputs
import Kafka
import Lifecycle
import Testing

@testable import Verification

/// What versions and labels from elsewhere mean to a replay, to a join and to a rollout alike.
@Suite("Versions that are asked")
struct ReplayVersionTests {
    private let renamed = ["bad": "1", "good": "-1"]

    @Test("a version without the labels that are alerts has those above its threshold, and says so")
    func alerting() throws {
        let usual = try ReplayFixture.version(1).alerting(insteadOf: ["attack"])
        #expect(usual.note == nil && usual.version.alertLabels == ["attack"])
        let renamed = try ReplayFixture.version(2, labels: self.renamed)
        #expect(!renamed.hasAlerts && renamed.alertLabels.isEmpty)
        let (version, note) = renamed.alerting(insteadOf: ["attack"])
        #expect(version.alertLabels == ["bad"] && version.highIsAlert == true)
        #expect(note == "version 2 has no label 'attack': its alerts are those called 'bad'")
    }

    @Test("a label means the same to a model without the label attack, and so does its verdict")
    func meaning() throws {
        let asked = try [1, 2].map { number in
            try ReplayFixture.version(number, labels: renamed).alerting(insteadOf: ["attack"])
                .version
        }
        let meaning = LabelMeaning(alerts: ["attack"], asked)
        for (label, isAttack) in [
            ("bad", true), ("1", true), ("good", false), ("-1", false), ("attack", true),
            ("normal", false), ("robot", nil),
        ] as [(String, Bool?)] {
            #expect(meaning.isAttack(label) == isAttack, "\(label)")
        }
        // Labels are held against verdicts, so these go by the same rule.
        for (label, isAlert) in [("bad", true), ("good", false)] {
            let scored = ScoreOpinion.scored(
                ExpectedScore(score: 1, label: Array(label.utf8)), id: nil)
            #expect(try PairScorer.isAlert(scored, asked[0].alertLabels) == isAlert)
        }
    }

    @Test("a record has the cell that workers give it, one with an empty key too")
    func cells() throws {
        let salt: UInt32 = 9
        let scorer = try ReplayScorer(
            ReplayPlan(
                topic: "in", form: RecordForm(InputSettings()),
                first: try ReplayFixture.version(1), second: try ReplayFixture.version(2),
                labels: nil, salt: salt))
        func cell(_ key: [UInt8]?, at offset: Int64) -> RecordCell {
            unsafe (key ?? []).withUnsafeBufferPointer { bytes in
                scorer.cell(
                    of: unsafe RecordView(
                        value: nil, key: key == nil ? nil : bytes, partition: 3, offset: offset))
            }
        }
        let keyed = CanaryBucket.hash(key: [107] as [UInt8], salt: salt)
        #expect(cell([107], at: 5) == RecordCell(hash: keyed, isKeyed: true))
        let placed = CanaryBucket.hash(partition: 3, offset: 5, salt: salt)
        #expect(cell(nil, at: 5) == RecordCell(hash: placed, isKeyed: false))
        // One key like any other, which says nothing of who sent the record.
        let empty = CanaryBucket.hash(key: [] as [UInt8], salt: salt)
        for offset in 0..<20 as Range<Int64> {
            #expect(cell([], at: offset) == RecordCell(hash: empty, isKeyed: false))
        }
    }
}
