import Foundation
import Judge
import Lifecycle
import TestSupport
import Testing

/// The judge and the controller against the outcomes of their reference.
@Suite("Vectors of the judge", .enabled(if: SharedData.hasJudge, "\(SharedData.absence)"))
struct VectorTests {
    private static func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: SharedData.file(folder).path)
            .filter { $0.hasSuffix(".jsonl") }.sorted()
    }

    private static let folder = "judge/vectors"

    /// What a case of the file wants, in its order.
    private static func wanted(_ document: JSONValue) -> [JSONValue] {
        let steps = document["blocks"] ?? document["ticks"] ?? document["events"]
        return (steps?.array ?? []).compactMap { $0["out"] }
    }

    @Test("every outcome is the reference's")
    func outcomes() throws {
        var seen = 0
        for file in try Self.files() {
            let bytes = try SharedData.bytes("\(Self.folder)/\(file)")
            var answers: [JSONValue] = []
            try JudgeCase.answer(lines: bytes, name: file) { answers.append($0) }
            let cases = try bytes.split(separator: 0x0A).map {
                try JSONValue(parsing: $0, act: "reading \(file)")
            }
            try #require(cases.count == answers.count)
            for (document, answer) in zip(cases, answers) {
                let wanted = Self.wanted(document)
                let got = answer["outs"]?.array ?? []
                #expect(answer["name"] == document["name"])
                #expect(wanted.count == got.count, "\(answer["name"]?.text ?? "")")
                let differs = zip(wanted, got).enumerated().first { !isSame($0.1.0, $0.1.1) }
                if let (index, pair) = differs {
                    Issue.record(
                        "\(answer["name"]?.text ?? "") at \(index): \(pair.0.text) \(pair.1.text)")
                }
                seen += got.count
            }
        }
        #expect(seen > 1_000)
    }
}
