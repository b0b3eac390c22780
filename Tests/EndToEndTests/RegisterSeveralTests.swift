import Foundation
import Lifecycle
import TestSupport
import Testing

/// register and threshold as a pipeline of a CI server types them.
@Suite("Registering several files", .blocking)
struct RegisterSeveralTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("spec.json", TestModels.spec)
        for seed in 1...3 { try folder.write("v\(seed).model", TestModels.liblinear(seed: seed)) }
        try folder.write("bad.model", "no model")
    }

    private func swerve(_ arguments: String..., input: String = "") throws -> Executable.Output {
        try Executable.run(
            arguments, input: input, environment: ["SWERVE_REGISTRY": folder.path("swerve.db")],
            folder: folder.url)
    }

    @Test("a document for each, in order; again, they are there already, and the code is 0")
    func twice() throws {
        for isNew in [true, false] {
            let output = try swerve(
                "register", "v1.model", "v2.model", "--model", "m", "--featurizer", "spec.json",
                "--json")
            #expect(output.code == 0 && output.err.isEmpty, "\(output)")
            let documents = try output.jsonLines()
            #expect(documents.map { $0["file"] } == ["v1.model", "v2.model"])
            #expect(documents.map { $0["version"] } == [1, 2])
            #expect(documents.map { $0["new"] } == [.bool(isNew), .bool(isNew)])
        }
        let text = try swerve(
            "register", "m=v1.model", "n=v3.model", "--featurizer", "spec.json", "--alias", "champ")
        #expect(text.code == 0, "\(text)")
        #expect(text.out.hasPrefix("v1.model: m@1 is this artifact already"), "\(text)")
        #expect(text.out.contains("\nv3.model: n@1 registered: "), "\(text)")
        #expect(try swerve("show", "n@champ").code == 0)
    }

    @Test("one that is refused does not hide the others")
    func oneBad() throws {
        let output = try swerve(
            "register", "v1.model", "bad.model", "none.model", "spec.json", "v2.model", "--model",
            "m", "--featurizer", "spec.json", "--json")
        #expect(output.code == 1, "\(output)")
        let documents = try output.jsonLines()
        #expect(documents.map { $0["version"]?.int } == [1, nil, nil, nil, 2])
        #expect(documents.map { $0["error"] != nil } == [false, true, true, true, false])
        for words in ["bad.model: ", "none.model: ", "--featurizer, golden", "3 of 5 files were"] {
            #expect(output.err.contains(words), "\(words): \(output)")
        }
        let alone = try swerve("register", "bad.model", "--model", "m", "--featurizer", "spec.json")
        #expect(alone.code == 1 && alone.err.split(separator: "\n").count == 1, "\(alone)")
        let unnamed = try swerve("register", "v1.model", "--featurizer", "spec.json")
        #expect(unnamed.code == 64 && unnamed.err.contains("--model NAME"), "\(unnamed)")
    }

    @Test("a threshold is found, told, set, and is the deployment's")
    func threshold() throws {
        let made = try swerve(
            "register", "v1.model", "--model", "m", "--featurizer", "spec.json", "--label",
            "attack=1", "--label", "normal=-1")
        #expect(made.code == 0, "\(made)")
        let requests = (0..<200).map { #"{"text":"GET /page?id=\#($0)"}"# }
            .joined(separator: "\n")
        let scores = try swerve("score", "m@1", input: requests).jsonLines()
            .compactMap { $0["score"]?.double }
        let budget = ["--alerts-per-day", "50", "--requests-per-day", "1000"]
        func run(_ more: [String], _ input: String = requests) throws -> Executable.Output {
            try Executable.run(
                ["threshold", "m@1"] + more, input: input,
                environment: ["SWERVE_REGISTRY": folder.path("swerve.db")], folder: folder.url)
        }
        let found = try run(budget + ["--json"])
        #expect(found.code == 0, "\(found)")
        let threshold = try #require(try found.json()["threshold"]?.double)
        #expect(scores.count { $0 > threshold } == 10)
        let text = try run(budget)
        #expect(text.out.contains("chosen") && text.out.contains("200 requests"), "\(text)")
        #expect(text.out.contains("at most 50 alerts a day"), "\(text)")
        let early = try run(budget + ["--set", "--offline"])
        #expect(early.code == 1 && early.err.contains("never promoted"), "\(early)")
        #expect(try swerve("promote", "m@1", "--offline").code == 0)
        let set = try run(budget + ["--set", "--offline", "--json"])
        #expect(set.code == 0, "\(set)")
        #expect(try set.json()["set"]?["changed"] == true)
        #expect(try swerve("settings", "m", "--json").json()["threshold"]?.double == threshold)
        let again = try run(budget + ["--set", "--offline"])
        #expect(again.code == 0 && again.err.contains("so already"), "\(again)")
        // What nobody can keep within, and what makes no sense.
        let few = try run(["--alerts-per-day", "1", "--requests-per-day", "1000"])
        #expect(few.code == 1 && few.err.contains("5 alerts a day already"), "\(few)")
        let unlabelled = try run(["--precision", "0.9"])
        #expect(unlabelled.code == 1 && unlabelled.err.contains("--label-field"), "\(unlabelled)")
        for (more, words) in [
            (["--alerts-per-day", "5"], "--requests-per-day"), (["--set"], "no budget"),
            (["--precision", "2"], "between 0 and 1"),
            (["--precision", "0.5", "--false-positive-rate", "1%"], "more than one"),
        ] {
            let refused = try run(more)
            #expect(refused.code == 64 && refused.err.contains(words), "\(refused)")
        }
        let empty = try run(budget, "")
        #expect(empty.code == 1 && empty.err.contains("no requests"), "\(empty)")
    }
}
