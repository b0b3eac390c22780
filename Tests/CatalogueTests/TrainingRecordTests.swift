import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Catalogue

@Suite("what a bundle says of its training")
struct TrainingRecordTests {
    private let act = "reading m.safetensors"

    @Test("it completes what is said at registration, and goes before nothing of it")
    func completes() throws {
        let record = try TrainingRecord(
            [
                "note": "by ada", "estimator": "LinearSVC()", "remarks": ["x"],
                "lineage": ["code_revision": "abc", "author": "ada", "other": "y"],
                "metrics": ["auc": 0.9, "f1": 1], "tags": ["mlflow.run_id": "r", "team": "edge"],
            ], act: act)
        let given = VersionMetadata(
            metrics: ["auc": 0.5], tags: ["team": "waf"], lineage: Lineage(author: "bob"),
            registeredAt: "now", registeredBy: "me")
        let whole = record.completing(given)
        #expect(whole.note == "by ada" && whole.registeredBy == "me")
        #expect(whole.metrics == ["auc": 0.5, "f1": 1])
        #expect(whole.tags == ["team": "waf", "mlflow.run_id": "r"])
        #expect(whole.lineage == Lineage(codeRevision: "abc", author: "bob"))
    }

    @Test(
        "nothing is said by a file that says nothing", arguments: [nil, .null, [:]] as [JSONValue?])
    func nothing(_ json: JSONValue?) throws {
        #expect(try TrainingRecord(json, act: act) == TrainingRecord())
    }

    @Test("a note that older exporters bounded by characters is cut")
    func longNote() throws {
        let note = String(repeating: "é", count: 4_000)
        let record = try TrainingRecord(["note": .string(note)], act: act)
        #expect(!record.note.isEmpty && record.note.utf8.count <= Limits.remarkBytes)
        #expect(note.hasPrefix(record.note))
    }

    @Test(
        "a field of another type is named",
        arguments: [
            ([1], "training is"), (["note": 1], "training.note"),
            (["metrics": ["a": "x"]], "training.metrics.a"),
            (["metrics": []], "training.metrics is"), (["tags": ["t": 1]], "training.tags.t"),
            (["lineage": ["tool": 1]], "training.lineage.tool"),
        ] as [(JSONValue, String)])
    func wrong(_ json: JSONValue, _ words: String) {
        let error = #expect(throws: SwerveError.self) { try TrainingRecord(json, act: act) }
        #expect(error?.code == .invalid && error?.reason.hasPrefix(words) == true)
    }
}
