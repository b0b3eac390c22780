import Foundation
import Lifecycle
import Registry
import Scoring
import TestSupport
import Testing

@testable import Catalogue

@Suite("two versions side by side")
struct ArtifactDiffTests {
    private let models: SmallModels

    init() throws { models = try SmallModels() }

    private func side(_ request: FilesToRegister) throws -> ArtifactSide {
        let outcome = try models.register(request)
        return try ArtifactSide(outcome.registration.version, in: models.registry)
    }

    private func diff(
        _ before: FilesToRegister, _ after: FilesToRegister, top: Int = 10
    ) throws -> ArtifactDiff {
        try ArtifactDiff(from: side(before), to: side(after), top: top)
    }

    private func weights(_ diff: ArtifactDiff) throws -> WeightDifference {
        guard case .compared(let difference, _) = diff.weights else {
            throw SwerveError(.invalid, act: "comparing", reason: "\(diff.weights)")
        }
        return difference
    }

    @Test("a version with itself: nothing differs, and that is certain")
    func same() throws {
        let side = try side(models.request())
        let diff = ArtifactDiff(from: side, to: side, top: 10)
        #expect(diff.isSameArtifact)
        #expect(diff.metadata.isEmpty && diff.facts.isEmpty && diff.verdict.isEmpty)
        #expect(diff.featurizer.isEmpty)
        #expect(diff.conclusions == ["the same artifact: no score and no verdict can change"])
        #expect(diff.json["same_artifact"] == true)
    }

    @Test("metadata is told field by field, numbers with their difference")
    func metadata() throws {
        var before = try models.request()
        before.note = "first"
        before.tags = ["data": "csic", "kept": "yes"]
        before.metrics = ["auc": 0.5, "f1": 0.25]
        var after = try models.request(SmallModels.text([3: 9]))
        after.note = "second"
        after.tags = ["kept": "yes", "fold": "2"]
        after.metrics = ["auc": 0.75, "f1": 0.25]
        let found = try diff(before, after).metadata
        #expect(found.map(\.path) == ["metrics.auc", "note", "tags.data", "tags.fold"])
        #expect(found[0].difference == 0.25)
        #expect(found[1].before == "first" && found[1].after == "second")
        #expect(found[2].after == nil && found[3].before == nil)
    }

    @Test("changed weights: which, how far a score can move, and what that means for verdicts")
    func changedWeights() throws {
        let diff = try diff(
            models.request(SmallModels.text(bias: 0.5)),
            models.request(SmallModels.text([2: 3, 7: -1], bias: 0.25)))
        let found = try weights(diff)
        #expect(found.changedCount == 2)
        #expect(found.largest.map(\.index) == [2, 7])
        #expect(found.interceptBefore == 0.5 && found.interceptAfter == 0.25)
        let expected = (3.75 * 3.75 + 0.875 * 0.875).squareRoot() + 0.25
        let bound = try #require(diff.json["weights"]?["score_bound"]?.double)
        #expect((bound - expected).magnitude < 1e-12)
        #expect(diff.conclusions.count == 2)
        #expect(diff.conclusions[0].hasPrefix("no score can change by more than \(bound)"))
        #expect(
            diff.conclusions[1].hasPrefix(
                "a verdict can change only where the score of http-anomaly@1 is within \(bound)"))
    }

    @Test("another threshold moves verdicts by what is left after the intercept's change")
    func threshold() throws {
        let before = try models.request(SmallModels.text(bias: 0.5))
        var after = try models.request(SmallModels.text(bias: 0.75))
        after.threshold = 0.25
        let shifted = try diff(before, after)
        #expect(shifted.verdict.map(\.path) == ["threshold"])
        #expect(
            shifted.conclusions == [
                "every score changes by 0.25, the change of the intercept",
                "the threshold moves from 0.0 to 0.25: a verdict can change only where the score of "
                    + "http-anomaly@1 is within 0.0 of its threshold, 0.0",
            ])
    }

    @Test("a diff comes back from JSON as it was, whole numbers as what they were")
    func travelling() throws {
        let before = try models.request(SmallModels.text(bias: 0.5))
        var after = try models.request(SmallModels.text([2: 3, 7: -1], bias: 1))
        after.threshold = 2
        after.metrics = ["auc": 1]
        after.labels = ["attack": "1", "normal": "-1"]
        let compared = try diff(before, after)
        #expect(try weights(compared).largest.count == 2)
        let other = try diff(before, models.request(spec: SmallModels.spec(#","norm":null"#)))
        #expect(other.featurizerChanges == 1)
        let listed = try diff(before, models.request(SmallModels.text(labels: "-1 1")))
        for diff in [compared, other, listed] {
            let json = try JSONEncoder().encode(diff)
            let read = try JSONDecoder().decode(ArtifactDiff.self, from: json)
            #expect(read == diff && read.json.text == diff.json.text)
        }
    }

    @Test("other names for the labels change no score and no side, only what it is called")
    func labels() throws {
        var before = try models.request()
        before.labels = ["attack": "1", "normal": "-1"]
        var after = try models.request()
        after.labels = ["evil": "1", "normal": "-1"]
        let diff = try diff(before, after)
        #expect(
            diff.verdict.map(\.path) == ["above_threshold", "labels.attack", "labels.evil"])
        #expect(
            diff.conclusions == [
                "no score can change: weights and intercept are equal",
                "no record can change the side of the threshold, 0.0",
                "verdicts are named otherwise: attack is called evil",
            ])
    }

    @Test("classes in another order make verdicts incomparable")
    func classes() throws {
        let diff = try diff(models.request(), models.request(SmallModels.text(labels: "-1 1")))
        #expect(diff.conclusions.last?.contains("verdicts cannot be compared") == true)
        #expect(diff.verdict.contains { $0.path == "classes" })
    }

    @Test("without a norm there is no bound; with l1 it is the largest change")
    func norms() throws {
        let none = SmallModels.spec(#","norm":null"#)
        let unbounded = try diff(
            models.request(spec: none), models.request(SmallModels.text([0: 5]), spec: none))
        #expect(unbounded.json["weights"]?["score_bound"] == .null)
        #expect(
            unbounded.conclusions == [
                "a score can change without a bound, since the features are not normalised",
                "any verdict can change",
            ])
        let l1 = SmallModels.spec(#","norm":"l1""#)
        let bounded = try diff(
            models.request(spec: l1), models.request(SmallModels.text([0: 1, 1: 0]), spec: l1))
        let bound = try #require(bounded.json["weights"]?["score_bound"]?.double)
        #expect((bound - 2).magnitude < 1e-12)
        #expect(bounded.conclusions[0].contains("l1 norm"))
    }

    @Test("other featurizers: the fields are told, and why the weights are not compared")
    func featurizers() throws {
        let diff = try diff(
            models.request(),
            models.request(spec: SmallModels.spec(#","norm":"l1","alternate_sign":false"#)))
        #expect(
            diff.featurizer.map(\.path) == [
                "steps[0].hashed_ngrams.alternate_sign", "steps[0].hashed_ngrams.norm",
            ])
        #expect(diff.json["weights"]?["compared"] == false)
        #expect(
            diff.json["weights"]?["reason"]?.string?.contains("differ (alternate_sign, norm)")
                == true)
        #expect(diff.conclusions == ["nothing is known of how far a score can change"])
    }

    @Test("defaults written out are no difference")
    func defaults() throws {
        let diff = try diff(
            models.request(), models.request(spec: SmallModels.spec(#","norm":"l2""#)))
        #expect(!diff.isSameArtifact)
        #expect(diff.featurizer.isEmpty)
        #expect(diff.conclusions[0] == "no score can change: weights and intercept are equal")
    }

    @Test("a solver that gives probabilities is a fact of its own")
    func probability() throws {
        let diff = try diff(
            models.request(), models.request(SmallModels.text(solver: "L2R_LR")))
        #expect(diff.facts.map(\.path) == ["bytes", "gives_probability"])
    }

    @Test("a version whose files are gone is still compared, as far as its manifest tells")
    func unloadable() throws {
        let whole = try side(models.request())
        let gone = ArtifactSide(
            version: whole.version, manifest: whole.manifest, scorer: nil, fault: "no files")
        let other = try side(models.request(SmallModels.text([1: 4])))
        let diff = ArtifactDiff(from: gone, to: other, top: 10)
        #expect(diff.facts.isEmpty || diff.facts.map(\.path) == ["bytes"])
        #expect(diff.json["weights"]?["reason"] == "http-anomaly@1 does not load: no files")
    }

    @Test("models of different names are compared like any other")
    func acrossModels() throws {
        let diff = try diff(models.request(), models.request(as: "other"))
        #expect(diff.isSameArtifact)
        #expect(diff.after.description == "other@1")
    }
}

@Suite("fields that differ")
struct FieldChangeTests {
    private static func changes(_ one: JSONValue, _ other: JSONValue) -> [String] {
        FieldChange.all(from: one, to: other, limit: 100).told.map(\.path)
    }

    @Test("paths go through objects and lists; short plain lists are one value")
    func paths() {
        #expect(Self.changes(["a": 1], ["a": 1]) == [])
        #expect(
            Self.changes(["a": ["b": 1, "c": 2]], ["a": ["b": 2, "d": 2]]) == ["a.b", "a.c", "a.d"])
        #expect(Self.changes(["a": [1, 2]], ["a": [1, 3]]) == ["a"])
        #expect(Self.changes(["a": [["b": 1], ["b": 2]]], ["a": [["b": 1]]]) == ["a[1]"])
        #expect(Self.changes(["a": 1], ["a": "1"]) == ["a"])
    }

    @Test("long lists are told item by item, and no more than the limit")
    func limit() {
        let one = JSONValue.array((0..<1_000).map { .int($0) })
        let other = JSONValue.array((0..<1_000).map { .int($0 * 2) })
        let found = FieldChange.all(from: one, to: other, limit: 5)
        #expect(found.told.map(\.path) == (1...5).map { "[\($0)]" })
        #expect(found.count == 999)
    }
}
