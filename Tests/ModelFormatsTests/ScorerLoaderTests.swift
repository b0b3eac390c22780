import Lifecycle
import ModelFormats
import Scoring
import Testing

@Suite("Loading artifacts")
struct ScorerLoaderTests {
    /// The files of an artifact and the manifest that lists them.
    private struct Parts {
        var files: [ArtifactManifest.File.Role: NamedBytes]
        var format = "liblinear"
        var labels = ["attack": "1", "normal": "-1"]
        var listed: [ArtifactManifest.File]

        init() throws {
            let scorer = try ScorerLoader.build(
                ParsedModel(parsing: Samples.model()), file: "model.txt", featurizer: Samples.spec,
                labels: [:], threshold: 0)
            let texts = ["", "GET /a?b=c\n", "POST /x\ny=1"].map { Array($0.utf8) }
            let golden = try GoldenFile.encode(
                try texts.map {
                    GoldenInput(text: $0, decision: try #require(scorer.referenceScore($0)))
                })
            files = [
                .model: Samples.model(), .featurizer: Samples.spec,
                .golden: NamedBytes(name: "golden.jsonl", bytes: golden),
            ]
            listed = files.map { role, file in
                ArtifactManifest.File(
                    role: role, name: file.name, bytes: file.bytes.count,
                    sha256: Samples.digest(file.bytes))
            }
        }

        func load() throws(SwerveError) -> Scorer {
            let manifest = ArtifactManifest(
                format: format, files: listed, labels: labels, threshold: 0, goldenSource: .own)
            return try ScorerLoader.load(manifest, sha256: Samples.digest) {
                file throws(SwerveError) in
                guard let content = files[file.role] else {
                    throw SwerveError(.unavailable, act: "reading", reason: "out of reach")
                }
                return content.bytes
            }
        }

        /// Replaces a file, with a manifest that fits it.
        mutating func replace(_ role: ArtifactManifest.File.Role, _ bytes: [UInt8]) {
            files[role] = NamedBytes(name: "new", bytes: bytes)
            listed.removeAll { $0.role == role }
            listed.append(
                ArtifactManifest.File(
                    role: role, name: "new", bytes: bytes.count, sha256: Samples.digest(bytes)))
        }
    }

    private static func refusal(_ change: (inout Parts) throws -> Void) throws -> SwerveError? {
        var parts = try Parts()
        try change(&parts)
        return #expect(throws: SwerveError.self) { try parts.load() }
    }

    @Test("a good artifact becomes a scorer with its labels")
    func good() throws {
        let scorer = try Parts().load()
        #expect(scorer.labels == ["attack", "normal"])
        #expect(scorer.score([]).score == 0.125)
    }

    @Test("content that differs from the manifest is refused")
    func differs() throws {
        var error = try Self.refusal { $0.files[.model] = Samples.model("solver_type") }
        #expect(error?.reason.contains("model.txt has 11 bytes, the manifest says") == true)
        error = try Self.refusal {
            $0.files[.model] = Samples.model(replacing: "0.5", with: "0.6")
        }
        #expect(error?.reason.contains("the manifest says sha256:") == true)
        #expect(error?.isRetryable == false)
    }

    @Test("golden decisions that differ are refused with input, expected and got")
    func golden() throws {
        let error = try Self.refusal {
            $0.replace(.golden, try GoldenFile.encode([GoldenInput(text: [], decision: 0.5)]))
        }
        #expect(error?.reason == "golden input 1 of 1: expected 0.5, got 0.125")
    }

    @Test("an artifact out of reach stays retryable")
    func unreachable() throws {
        let error = try Self.refusal { $0.files[.golden] = nil }
        #expect(error?.isRetryable == true)
    }

    @Test("unknown formats, other content, and missing or double files are refused")
    func shape() throws {
        var error = try Self.refusal { $0.format = "pmml" }
        #expect(error?.description.contains("unknown format 'pmml'; use a newer swerve") == true)
        error = try Self.refusal { $0.replace(.model, Array("svm_type c_svc\n".utf8)) }
        #expect(error?.reason.contains("is not liblinear") == true)
        error = try Self.refusal { $0.listed.removeAll { $0.role == .golden } }
        #expect(error?.reason.contains("0 files with the role golden") == true)
        error = try Self.refusal { $0.listed += $0.listed.filter { $0.role == .model } }
        #expect(error?.reason.contains("2 files with the role model") == true)
        error = try Self.refusal { $0.labels = ["attack": "7"] }
        #expect(error?.reason.contains("class '7'") == true)
    }

    @Test("a size above the limit is refused before anything is read")
    func tooLarge() throws {
        let error = try Self.refusal {
            $0.files = [:]
            $0.listed = $0.listed.map { file in
                ArtifactManifest.File(
                    role: file.role, name: file.name, bytes: Limits.modelFileBytes + 1,
                    sha256: file.sha256)
            }
        }
        #expect(error?.code == .tooLarge)
    }
}
