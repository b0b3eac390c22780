import Catalogue
import Foundation
import Lifecycle
import Registry
import Scoring
import TestSupport
import Testing

@testable import swerve

@Suite("a difference of two versions, as people read it")
struct ArtifactDiffTextTests {
    private let folder: TemporaryFolder
    private let registry: Registry

    init() throws {
        folder = try TemporaryFolder()
        registry = try Registry.open(
            path: folder.path("swerve.db"), access: .readWrite(create: true))
    }

    private func side(_ changed: [Int: Double] = [:], note: String = "") throws -> ArtifactSide {
        let weights = (0..<16).map { changed[$0] ?? Double($0) / 8 - 1 }
        let text = """
            solver_type L2R_L2LOSS_SVC_DUAL
            nr_class 2
            label 1 -1
            nr_feature 16
            bias -1
            w
            \(weights.map { "\($0)" }.joined(separator: "\n"))

            """
        let spec =
            #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,2],"n_features":16}}]}"#
        let paths = RegistrationPaths(
            file: try folder.write("model.txt", Array(text.utf8)),
            featurizer: try folder.write("spec.json", Array(spec.utf8)))
        let model = try ModelName("m")
        var request = RegistrationRequest(model: model, content: try paths.read(for: model))
        request.note = note
        let outcome = try Registrar.register(
            request, in: registry, by: "ada", at: "2026-11-23T18:52:00.000Z")
        return try ArtifactSide(outcome.registration.version, in: registry)
    }

    @Test(
        "sections tell what differs, and a weight's n-grams stand behind it, minus where negative")
    func lines() throws {
        let diff = ArtifactDiff(
            from: try side(note: "first"), to: try side([2: 3], note: "second"), top: 1)
        let lines = ArtifactDiffText(diff: diff).lines
        #expect(lines[0].hasPrefix("m@1 ") && lines[0].contains(" -> m@2 "))
        #expect(lines.contains(#"  note: "first" -> "second""#))
        #expect(lines.contains("featurizer: equal"))
        #expect(lines.contains("labels and threshold: equal"))
        #expect(lines.contains { $0.hasPrefix("weights: 1 of 16 changed, cosine similarity 0.") })
        let line = try #require(lines.first { $0.hasPrefix("  2: -0.75 -> 3.0 (+3.75)  ") })
        let named = try #require(diff.json["weights"]?["largest"]?.array?.first)
        for ngram in named["ngrams"]?.array ?? [] {
            let text = try #require(ngram["text"]).text
            #expect(line.contains((ngram["negative"] == true ? "-" : "") + text))
        }
        #expect(line.hasSuffix("and \(named["more_ngrams"]?.int ?? -1) more"))
        #expect(lines.last?.hasPrefix("=> ") ?? false)
    }
}
