import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Catalogue

@Suite("features as training text")
struct OfflineFeaturizerTests {
    private let models: SmallModels

    init() throws { models = try SmallModels() }

    private func lines(_ input: String, labelField: String = "label") throws -> [String] {
        let spec = try models.folder.write("spec.json", SmallModels.spec())
        let path = try models.folder.write("in.jsonl", input)
        var lines: [String] = []
        try OfflineFeaturizer(specFile: spec).featurizeLines(of: path, labelField: labelField) {
            lines.append($0)
        }
        return lines
    }

    @Test("a line has the label, 0 without one, and the features that are not 0, in order from 1")
    func form() throws {
        let found = try lines(
            """
            {"text":"GET /index.html","label":1}

            {"text":"","class":-1}
            """)
        #expect(found.count == 2 && found[1] == "0")
        let words = found[0].split(separator: " ")
        #expect(words.first == "1")
        let features = words.dropFirst().map { $0.split(separator: ":") }
        let indices = features.compactMap { Int($0[0]) }
        #expect(
            !indices.isEmpty && indices == indices.sorted() && Set(indices).count == indices.count)
        #expect(indices.allSatisfy { (1...16).contains($0) })
        #expect(features.allSatisfy { Double($0[1]) != 0 })
        #expect(try lines("{\"text\":\"\",\"class\":-1}", labelField: "class") == ["-1"])
    }

    @Test("the features are those that are scored")
    func agreement() throws {
        let input = #"{"method":"POST","path":"/login","body":"user=ada"}"#
        let digest = try models.register(try models.request()).registration.digest
        let scorer = try OfflineScorer(models.registry.artifact(digest))
        var scores: [Double] = []
        _ = try scorer.scoreLines(of: try models.folder.write("s.jsonl", input)) {
            scores.append($0["score"]?.double ?? .nan)
        }
        let features = try #require(lines(input).first).split(separator: " ").dropFirst()
        // The small model's weight of feature i is i/8 - 1, and it has no bias.
        let score = features.reduce(0.0) { sum, feature in
            let parts = feature.split(separator: ":").compactMap { Double($0) }
            return sum + ((parts[0] - 1) / 8 - 1) * parts[1]
        }
        #expect(scores.count == 1 && abs(score - scores[0]) <= 1e-9)
    }

    @Test("the first line that is no input ends it, with its number")
    func refusal() throws {
        let error = #expect(throws: SwerveError.self) {
            try lines("{\"text\":\"a\"}\n{\"text\":7}\n")
        }
        #expect(error?.description.contains("line 2") ?? false)
    }
}
