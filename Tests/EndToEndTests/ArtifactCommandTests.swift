import Foundation
import Lifecycle
import TestSupport
import Testing

/// diff, export, register of a folder and verify, as a user types them.
@Suite("Artifact commands", .blocking)
struct ArtifactCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("spec.json", TestModels.spec)
        for seed in 1...2 {
            try folder.write("v\(seed).model", TestModels.liblinear(seed: seed))
            let made = try swerve(
                "register", "v\(seed).model", "--model", "m", "--featurizer", "spec.json",
                "--label", "attack=1", "--label", "normal=-1", "--metric", "auc=0.\(seed)")
            guard made.code == 0 else { throw Failure("\(made)") }
        }
    }

    private func swerve(
        _ arguments: String..., registry: String = "swerve.db"
    ) throws -> Executable.Output {
        try Executable.run(
            arguments, environment: ["SWERVE_REGISTRY": folder.path(registry)], folder: folder.url)
    }

    @Test("diff bounds the change of a score, and the scores of a file keep to it")
    func diff() throws {
        let text = try swerve("diff", "m@1", "m@2")
        #expect(text.code == 0 && text.err.isEmpty, "\(text)")
        #expect(text.out.contains("metrics.auc: 0.1 -> 0.2 (+0.1)"), "\(text)")
        #expect(text.out.contains("=> no score can change by more than "), "\(text)")
        let document = try swerve("diff", "m@1", "m@2", "--json", "--top", "3").json()
        #expect(document["weights"]?["largest"]?.array?.count == 3)
        let bound = try #require(document["weights"]?["score_bound"]?.double)
        let lines = (0..<50).map { #"{"id":"\#($0)","text":"GET /\#($0)?q=<\#($0 * $0)>"}"# }
        try folder.write("in.jsonl", lines.joined(separator: "\n") + "\n")
        let one = try swerve("score", "m@1", "in.jsonl").jsonLines()
        let other = try swerve("score", "m@2", "in.jsonl").jsonLines()
        #expect(one.count == 50 && other.count == 50)
        for (before, after) in zip(one, other) {
            let change = try #require(after["score"]?.double) - (before["score"]?.double ?? .nan)
            #expect(change.magnitude <= bound + 1e-9)
        }
    }

    @Test("an exported folder registered elsewhere has the same digest and scores the same")
    func export() throws {
        let made = try swerve("export", "m@1", "out", "--json")
        #expect(made.code == 0, "\(made)")
        let digest = try #require(try made.json()["digest"])
        try folder.write("out/README", "hello")
        let taken = try swerve(
            "register", "out", "--model", "copy", "--json", registry: "other.db")
        #expect(taken.code == 0, "\(taken)")
        #expect(taken.err == "not part of the artifact, left out: README\n")
        #expect(try taken.json()["digest"] == digest)
        try folder.write("in.jsonl", #"{"text":"GET /"}"# + "\n")
        #expect(
            try swerve("score", "m@1", "in.jsonl").out
                == swerve("score", "copy@1", "in.jsonl", registry: "other.db").out)
        #expect(try swerve("export", "m@1", "out").code == 1)
        #expect(
            try swerve("register", "out", "--model", "copy", "--label", "attack=1").code == 64)
        try folder.write("out/v1.model", TestModels.liblinear(seed: 9))
        let changed = try swerve("register", "out", "--model", "changed")
        #expect(changed.code == 1 && changed.err.contains("v1.model"), "\(changed)")
    }

    @Test("a version is exported as one file for web servers, which tar lists, again and again")
    func bundle() throws {
        let made = try swerve("export", "m@1", "www", "--bundle", "--json")
        #expect(made.code == 0, "\(made)")
        let document = try made.json()
        let digits = try #require(document["digest"]?.string).dropFirst("sha256:".count)
        #expect(document["bundle"]?.string == "www/\(digits)")
        let file = folder.path("www/\(digits)")
        let first = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(document["bytes"]?.int == first.count)
        let listed = try Executable.run(
            ["tf", file], folder: folder.url, executable: "/bin/tar")
        #expect(
            listed.out == "manifest.json\nsignatures.json\nfeaturizer\ngolden\nmodel\n", "\(listed)"
        )
        #expect(try swerve("export", "m@1", "www", "--bundle").code == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == first)
        #expect(try swerve("export", "m@2", "www", "--bundle").code == 0)
        #expect(try swerve("export", "m@9", "www", "--bundle").code == 1)
    }

    @Test("verify says ok line by line, without progress in a pipe, and fails on damage")
    func verify() throws {
        let sound = try swerve("verify")
        #expect(sound.code == 0 && sound.err.isEmpty, "\(sound)")
        #expect(
            sound.out.split(separator: "\n").last
                == "2 checked: 2 ok, 0 failed, 0 skipped, the file ok")
        let document = try swerve("verify", "m@2", "--json").json()
        #expect(document["ok"] == 1 && document["integrity"] == .null)
        #expect(try swerve("verify", "m@3").code == 1)
        #expect(try swerve("verify", "M").code == 64)
        // The last weight of version 2 as it stands in the file, one digit changed.
        let path = folder.path("swerve.db")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let lines = TestModels.liblinear(seed: 2).split(separator: "\n")
        let needle = Data((lines.suffix(3).joined(separator: "\n") + "\n").utf8)
        let place = try #require(bytes.range(of: needle))
        bytes[place.upperBound - 3] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let damaged = try swerve("verify")
        #expect(damaged.code == 1, "\(damaged)")
        #expect(damaged.out.contains("m@2  FAILED  "), "\(damaged)")
        #expect(damaged.out.contains("m@1  ok  "), "\(damaged)")
        #expect(damaged.err.split(separator: "\n").count == 1, "\(damaged)")
    }

    @Test("what cannot be compared or found is refused in one line")
    func refusals() throws {
        for (arguments, code, words) in [
            (["diff", "m@1", "m@9"], 1, "m@9"), (["diff", "m", "m@1"], 64, "NAME@V"),
            (["diff", "m@1", "m@2", "--top", "-1"], 64, "top"),
            (["export", "m@7", "x"], 1, "m@7"), (["verify", "none"], 1, "none"),
        ] as [([String], Int32, String)] {
            let output = try Executable.run(
                arguments, environment: ["SWERVE_REGISTRY": folder.path("swerve.db")],
                folder: folder.url)
            #expect(output.code == code, "\(output)")
            #expect(output.err.contains(words), "\(output)")
            #expect(output.out.isEmpty, "\(output)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("x")))
    }
}
