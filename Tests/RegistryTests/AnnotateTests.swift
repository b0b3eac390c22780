import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("annotating versions")
struct AnnotateTests {
    @Test("what is named changes, the rest stays, and the audit chain has before and after")
    func changes() throws {
        let fixture = try Fixture(versions: 1)
        let before = try fixture.version(1).metadata
        let annotation = Annotation(
            note: "better", tags: ["team": "blue"], metrics: ["auc": 0.5, "f1": 1],
            removedTags: ["data"])
        let after = try fixture.registry.annotate(
            fixture.reference(1), annotation, note: Fixture.note)
        #expect(after == (try fixture.version(1).metadata))
        #expect(after.note == "better")
        #expect(after.tags == ["team": "blue"])
        #expect(after.metrics == ["auc": 0.5, "f1": 1])
        #expect(after.registeredAt == before.registeredAt)
        let entry = try #require(try fixture.audit().last)
        #expect(entry["act"] == "annotate")
        #expect(entry["version"] == 1)
        #expect(entry["reason"] == "tests")
        #expect(
            entry["before"] == [
                "note": "", "tags": ["data": "csic"], "metrics": ["auc": 0.99],
            ])
        #expect(
            entry["after"] == [
                "note": "better", "tags": ["team": "blue"], "metrics": ["auc": 0.5, "f1": 1],
            ])
    }

    @Test("what makes no sense is refused and leaves no trace")
    func refused() throws {
        let fixture = try Fixture(versions: 1)
        let metadata = try fixture.version(1).metadata
        let long = String(repeating: "x", count: 5_000)
        let many = Dictionary(
            uniqueKeysWithValues: (0..<250).map { ("t\($0)", long.prefix(1_000)) })
        let cases: [(Annotation, SwerveError.Code, String)] = [
            (Annotation(), .usage, "nothing is said"),
            (Annotation(tags: ["data": "csic"]), .unchanged, "already"),
            (Annotation(removedTags: ["team"]), .unchanged, "no tag 'team'"),
            (Annotation(removedMetrics: ["f1"]), .unchanged, "no metric 'f1'"),
            (Annotation(tags: ["data": "x"], removedTags: ["data"]), .usage, "given and removed"),
            (Annotation(note: long), .usage, "note"),
            (Annotation(tags: ["a": long]), .usage, "tag 'a'"),
            (Annotation(tags: [long: "a"]), .usage, "name of metric or tag"),
            (Annotation(metrics: ["auc": .nan]), .usage, "not a finite number"),
            (Annotation(tags: many.mapValues(String.init)), .tooLarge, "several steps"),
        ]
        for (annotation, expected, said) in cases {
            #expect {
                try fixture.registry.annotate(
                    fixture.reference(1), annotation, note: Fixture.note)
            } throws: { code($0) == expected && "\($0)".contains(said) }
        }
        #expect {
            try fixture.registry.annotate(
                fixture.reference(2), Annotation(note: "a"), note: Fixture.note)
        } throws: { code($0) == .notFound }
        #expect(try fixture.version(1).metadata == metadata)
        #expect(try fixture.audit().allSatisfy { $0["act"] != "annotate" })
    }
}
