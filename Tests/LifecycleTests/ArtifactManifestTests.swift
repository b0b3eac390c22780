import Lifecycle
import Testing

@Suite("manifests of artifacts")
struct ArtifactManifestTests {
    private static let manifest = ArtifactManifest(
        format: "liblinear",
        files: [
            .init(
                role: .model, name: "m", bytes: 12, sha256: Examples.version(1).digest),
            .init(
                role: .golden, name: "g", bytes: 0, sha256: Examples.version(2).digest),
        ],
        labels: ["attack": "1", "normal": "-1"], threshold: 0.125, goldenSource: .supplied)

    @Test("a manifest survives the round trip; the order of its files does not matter")
    func roundTrip() throws {
        let read = try ArtifactManifest(parsing: Self.manifest.bytes)
        #expect(read == Self.manifest)
        #expect(read.bytes == Self.manifest.bytes)
        #expect(read.file(.model)?.name == "m")
        #expect(read.file(.featurizer) == nil)
        let turned = ArtifactManifest(
            format: "liblinear", files: Self.manifest.files.reversed(),
            labels: Self.manifest.labels, threshold: 0.125, goldenSource: .supplied)
        #expect(turned.bytes == Self.manifest.bytes)
    }

    @Test("how a model is read is part of the artifact, under a schema that an older one refuses")
    func reading() throws {
        let plain = try JSONValue(parsing: Self.manifest.bytes, act: "test")
        #expect(plain["schema"] == 1 && plain["positive"] == nil && plain["zero_based"] == nil)
        for reading in [
            ModelReading(positive: "-1"), ModelReading(labelRule: .probability),
            ModelReading(labelRule: .votes), ModelReading(isZeroBased: true),
            ModelReading(positive: "1", labelRule: .probability, isZeroBased: true),
        ] {
            let manifest = ArtifactManifest(
                format: "libsvm", files: Self.manifest.files, labels: [:], threshold: 0,
                goldenSource: .own, reading: reading)
            let read = try ArtifactManifest(parsing: manifest.bytes)
            #expect(read == manifest && read.reading == reading)
            #expect(try JSONValue(parsing: manifest.bytes, act: "test")["schema"] == 2)
        }
    }

    @Test(
        "a malformed reading is refused",
        arguments: [
            ("positive", 1), ("label_rule", "most"), ("label_rule", true), ("zero_based", 1),
            ("zero_based", false),
        ] as [(String, JSONValue)])
    func malformedReading(field: String, value: JSONValue) throws {
        var json = try JSONValue(parsing: Self.manifest.bytes, act: "test").object ?? [:]
        json["schema"] = 2
        json["positive"] = "1"
        #expect(try ArtifactManifest(parsing: JSONValue.object(json).bytes).reading.positive == "1")
        json[field] = value
        let bytes = JSONValue.object(json).bytes
        #expect(throws: SwerveError.self) { try ArtifactManifest(parsing: bytes) }
    }

    @Test(
        "what is missing, malformed or of another schema is refused",
        arguments: [
            ("schema", nil), ("schema", 2), ("format", 1), ("files", "m"), ("labels", []),
            ("labels", ["attack": 1]), ("threshold", "0"), ("golden", "guessed"),
            ("files", [["role": "code", "name": "m", "bytes": 1, "sha256": ""]]),
            ("files", [["role": "model", "name": "a/b", "bytes": 1, "sha256": ""]]),
            ("files", [["role": "model", "name": "", "bytes": 1, "sha256": ""]]),
            ("files", [["role": "model", "name": "m", "bytes": -1, "sha256": ""]]),
            ("files", [["role": "model", "name": "m", "bytes": 1, "sha256": "sha256:0"]]),
        ] as [(String, JSONValue?)])
    func malformed(field: String, value: JSONValue?) throws {
        var json = try JSONValue(parsing: Self.manifest.bytes, act: "test").object ?? [:]
        json[field] = value
        let bytes = JSONValue.object(json).bytes
        #expect(throws: SwerveError.self) { try ArtifactManifest(parsing: bytes) }
    }
}
