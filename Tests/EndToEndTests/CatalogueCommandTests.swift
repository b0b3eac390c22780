import Foundation
import Lifecycle
import TestSupport
import Testing

/// annotate, alias, archive, gc and models --where as a user types them.
@Suite("Catalogue commands", .blocking)
struct CatalogueCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("spec.json", TestModels.spec)
        for seed in 1...3 {
            try folder.write("v\(seed).model", TestModels.liblinear(seed: seed))
            let made = try swerve(
                "register", "v\(seed).model", "--model", "m", "--featurizer", "spec.json",
                "--label", "attack=1", "--label", "normal=-1", "--metric", "auc=0.9\(seed)",
                "--tag", "team=\(seed == 3 ? "waf" : "edge")", "--note", "run \(seed)")
            guard made.code == 0 else { throw Failure("\(made)") }
        }
    }

    private func swerve(_ arguments: String..., input: String = "") throws -> Executable.Output {
        try run(arguments, input: input)
    }

    private func run(_ arguments: [String], input: String = "") throws -> Executable.Output {
        try Executable.run(
            arguments, input: input, environment: ["SWERVE_REGISTRY": folder.path("swerve.db")],
            folder: folder.url)
    }

    /// The one document of a command that did what it should.
    private func document(_ arguments: String...) throws -> JSONValue {
        let output = try run(arguments + ["--json"])
        guard output.code == 0, output.err.isEmpty else { throw Failure("\(output)") }
        return try output.json()
    }

    private func expectRefused(_ arguments: [String], code: Int32 = 1, _ words: String...) throws {
        let output = try run(arguments)
        #expect(output.code == code, "\(arguments): \(output)")
        #expect(output.out.isEmpty && output.err.split(separator: "\n").count == 1, "\(output)")
        for word in words { #expect(output.err.contains(word), "\(arguments): \(output)") }
    }

    @Test("annotate changes note, tags and metrics, and the digest stays")
    func annotate() throws {
        let before = try document("show", "m@2")
        let changed = try document(
            "annotate", "m@2", "--note", "better", "--tag", "reviewed=yes", "--remove-tag", "team",
            "--metric", "auc=0.97", "--metric", "f1=0.5")
        #expect(changed["note"] == "better" && changed["digest"] == before["digest"])
        #expect(changed["tags"] == ["reviewed": "yes"])
        #expect(changed["metrics"] == ["auc": 0.97, "f1": 0.5])
        #expect(try document("show", "m@2")["metrics"] == changed["metrics"])
        let entry = try document("audit", "log", "--limit", "1")["entries"]?.array?.first
        #expect(entry?["act"] == "annotate" && entry?["version"] == 2)
        #expect(try swerve("annotate", "m@2", "--note", "").out == "m@2 annotated\n")
        #expect(try document("show", "m@2")["note"] == "")
        try expectRefused(["annotate", "m@9", "--note", "x"], "m@9", "swerve show m")
        try expectRefused(["annotate", "m@1"], code: 64, "annotating m@1")
        try expectRefused(["annotate", "m@1", "--metric", "auc=nan"], code: 64, "auc")
    }

    @Test("an alias names a version wherever one is named, and moves")
    func aliases() throws {
        #expect(try document("alias", "m@3", "champion")["aliases"] == ["champion": 3])
        #expect(try document("alias", "m@champion", "nightly")["aliases"]?["nightly"] == 3)
        #expect(try document("alias", "m@1", "baseline")["aliases"]?.object?.count == 3)
        // Every command that takes NAME@V.
        #expect(try document("show", "m@champion")["version"] == 3)
        let lines = #"{"id":"a","text":"GET /?q=1"}"# + "\n"
        #expect(
            try swerve("score", "m@champion", input: lines).out
                == swerve("score", "m@3", input: lines).out)
        #expect(
            try document("diff", "m@baseline", "m@champion") == document("diff", "m@1", "m@3"))
        #expect(try document("verify", "m@champion")["ok"] == 1)
        #expect(try document("export", "m@champion", "out")["version"] == 3)
        #expect(try swerve("annotate", "m@champion", "--note", "n").out == "m@3 annotated\n")
        let key = try swerve(
            "keys", "generate", "ci", "--role", "register", "--out", folder.path("ci.swervekey"))
        #expect(key.code == 0, "\(key)")
        let signed = try document("sign", "m@champion", "--sign-with", folder.path("ci.swervekey"))
        #expect(signed["version"] == 3 && signed["key"] == "ci")
        // It moves, and what it named stays what it is.
        #expect(try document("alias", "m@2", "champion")["aliases"]?["champion"] == 2)
        #expect(try document("show", "m@champion")["version"] == 2)
        let listed = try swerve("alias", "m")
        #expect(listed.out.split(separator: "\n").count == 3, "\(listed)")
        #expect(listed.out.hasPrefix("m@baseline  version 1  since "), "\(listed)")
        #expect(try document("alias", "m", "--remove", "nightly")["aliases"]?["nightly"] == nil)
        // Pipelines run their commands again: what is so already is told, and is no failure.
        let twice = [
            (["annotate", "m@champion", "--tag", "team=waf"], "all of it is said of it already"),
            (["alias", "m@2", "champion"], "it is called so already"),
            (["keys", "revoke", "ci"], "it was revoked at "),
            (["alias", "m@1", "kept"], "it is called so already"),
            (["alias", "m", "--remove", "baseline"], "m has no alias baseline"),
            (["annotate", "m@1", "--remove-tag", "team"], "it has no tag 'team'"),
            (
                ["annotate", "m@1", "--metric", "auc=0.5", "--remove-metric", "f1"],
                "no metric 'f1'"
            ),
        ]
        for (arguments, words) in twice {
            let place = ["--registry", folder.path("swerve.db")]
            _ = try Executable.run(arguments + place, folder: folder.url)
            let second = try Executable.run(arguments + place, folder: folder.url)
            #expect(second.code == 0 && second.err.contains(words), "\(second)")
            #expect(second.err.split(separator: "\n").count == 1 && !second.out.isEmpty)
        }
        #expect(try swerve("audit", "verify").code == 0)
    }

    @Test("promote, settings, rollback --to and archive take aliases, and print numbers")
    func deployments() throws {
        _ = try document("alias", "m@1", "baseline")
        _ = try document("alias", "m@2", "champion")
        let nowhere = ["--offline"]
        for (arguments, stable) in [
            (["promote", "m@baseline"], 1), (["promote", "m@champion"], 2),
            (["rollback", "m", "--to", "baseline"], 1), (["rollback", "m", "--to", "2"], 2),
        ] {
            let changed = try run(arguments + nowhere + ["--json"]).json()
            #expect(changed["changed"] == true && changed["announced"] == false)
            #expect(try document("show", "m")["deployment"]?["stable"]?["version"]?.int == stable)
        }
        let set = ["settings", "m@champion", "--threshold", "0.5"] + nowhere
        #expect(try run(set).code == 0)
        #expect(try document("settings", "m@champion")["threshold"] == .double(0.5))
        let shown = try document("show", "m@champion")
        #expect(shown["in_force"]?["threshold"] == .double(0.5))
        for arguments in [
            ["promote", "m@none"] + nowhere, ["rollback", "m", "--to", "none"] + nowhere,
            ["score", "m@none"], ["settings", "m@none"], ["export", "m@none", "x"],
            ["verify", "m@none"], ["diff", "m@none", "m@1"], ["archive", "m@none"],
            ["show", "m@none"],
        ] {
            try expectRefused(arguments, "m has no alias none; it has baseline, champion")
        }
        try expectRefused(["promote", "m@No"] + nowhere, code: 64, "No")
        try expectRefused(["rollback", "m", "--to", "0"] + nowhere, code: 64, "m@0")
        try expectRefused(["archive", "m@champion"], "stable")
    }

    @Test("--label takes the place of all names, --remove-label leaves the others, and both say so")
    func labels() throws {
        let promoted = try swerve("promote", "m@1", "--offline")
        #expect(promoted.code == 0, "\(promoted)")
        func settings(_ arguments: String...) throws -> String {
            let output = try run(["settings", "m"] + arguments + ["--offline"])
            #expect(output.code == 0, "\(output)")
            return try #require(output.out.split(separator: "\n").last.map(String.init))
        }
        #expect(try settings().contains("labels attack, normal;"))
        #expect(try settings("--remove-label", "normal").contains("labels attack, -1;"))
        #expect(try settings("--label", "bad=1", "--label", "good=-1").contains("bad, good;"))
        #expect(try settings("--label", "x=-1").contains("labels 1, x;"))
        #expect(try settings("--reset", "--remove-label", "attack").contains("labels 1, normal;"))
        #expect(try settings("--reset").contains("labels attack, normal; as its artifact says"))
        try expectRefused(
            ["settings", "m", "--remove-label", "x", "--offline"], "no class is called 'x'",
            "the names are attack, normal")
    }

    @Test("archive and gc put versions away; what is named, live or shared stays")
    func archive() throws {
        _ = try document("alias", "m@3", "champion")
        try expectRefused(["archive", "m@champion"], "champion")
        let archived = try document("archive", "m@2", "--reason", "worse")
        #expect(archived["archived"]?["reason"] == "worse")
        #expect(try swerve("archive", "m@2").err.contains("it is archived already"))
        try expectRefused(["alias", "m@2", "second"], "archive")
        try expectRefused(["promote", "m@2", "--bootstrap", "127.0.0.1:1"], "archive", "--undo")
        let plan = try document("gc")
        #expect(plan["deleted"] == false && plan["shrunk_bytes"] == 0)
        #expect(plan["versions"]?.array?.map { $0["version"] } == ["m@2"])
        #expect(try swerve("gc").out.contains("nothing is removed without --delete"))
        #expect(try document("verify")["ok"] == 3)
        let done = try document("gc", "--delete", "--model", "m")
        #expect(done["deleted"] == true && done["bytes"] == plan["bytes"])
        #expect(try document("gc")["versions"] == [])
        try expectRefused(["score", "m@2"], "m@2")
        try expectRefused(["archive", "m@2", "--undo"], "register")
        // The same files again come back under their number.
        let again = try document(
            "register", "v2.model", "--model", "m", "--featurizer", "spec.json", "--label",
            "attack=1", "--label", "normal=-1")
        #expect(again["version"] == 2)
        #expect(try document("show", "m@2")["archived"] == .null)
        #expect(try swerve("archive", "m@1").out == "m@1 archived\n")
        #expect(try swerve("archive", "m@1").err.contains("it is archived already"))
        #expect(try swerve("archive", "m@1").code == 0)
        #expect(try swerve("archive", "m@1", "--undo").out == "m@1 taken back from the archive\n")
        #expect(try document("verify")["ok"] == 3)
        try expectRefused(["gc", "--model", "none"], "none")
        #expect(try swerve("audit", "verify").code == 0)
    }

    @Test("models --where finds versions, and points at what it does not understand")
    func search() throws {
        _ = try document("alias", "m@3", "champion")
        _ = try document("archive", "m@1")
        func found(_ query: String) throws -> [Int] {
            try document("models", "--where", query)["versions"]?.array?
                .compactMap { $0["version"]?.int } ?? []
        }
        #expect(try found("metric.auc > 0.915 and tag.team = edge") == [2])
        #expect(try found("tag.team = waf or version = 1").sorted() == [1, 3])
        #expect(try found("metric.none > 0") == [])
        let text = try swerve("models", "--where", "alias = champion")
        #expect(text.out.hasPrefix("m@3  liblinear  ") && text.out.hasSuffix("@champion\n"))
        let none = try swerve("models", "--where", "format = onnx")
        #expect(none.code == 0 && none.out.isEmpty && none.err == "no version matches\n")
        let unknown = try swerve("models", "--where", "metric.f1 > 0.9 and tag.team = waf")
        #expect(unknown.code == 0 && unknown.out.isEmpty)
        #expect(
            unknown.err == "no version matches: none has metric.f1; see swerve annotate --help\n")
        for query in ["auc > 0.9", "metric.auc >", "tag.team = 'waf", "(version = 1"] {
            try expectRefused(["models", "--where", query], code: 64, "column ")
        }
    }
}
