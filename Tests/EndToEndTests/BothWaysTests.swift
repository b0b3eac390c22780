import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Commands on the registry's file and over a hub: the same words, the same exit codes.
@Suite("both ways", .serialized, .blocking)
struct BothWaysTests {
    /// What a command said and how it ended, without what differs by time, machine and chance.
    private struct Said: Equatable, CustomStringConvertible {
        let what: String
        let code: Int32
        let out: String
        let err: String

        var description: String { "\(what): exit \(code)\nout: \(out)\nerr: \(err)" }
    }

    private static func settled(_ text: String, _ desk: Desk) -> String {
        var text = text.replacingOccurrences(of: desk.stream.folder.path(""), with: "FOLDER/")
            .replacingOccurrences(of: desk.stream.prefix, with: "PREFIX")
        let patterns = [
            #"\d{4}-\d\d-\d\dT[\d:.]+Z"#: "TIME", #"sha256:[0-9a-f]{12,64}"#: "DIGEST",
            #"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"#: "UUID",
            #""salt":\d+"#: "SALT", #""[a-z_]*at_ms":\d+"#: "MS",
            #"[\w.-]+@[\w.-]+ \(unverified\)|anybody on this machine \(unverified\)"#: "WHO",
            #"ed25519[: ][\w ]*[A-Za-z0-9+/]{40,}=*"#: "KEY",
        ]
        for (pattern, name) in patterns {
            text = text.replacingOccurrences(
                of: pattern, with: name, options: .regularExpression)
        }
        return text
    }

    /// Runs the life of a model, and takes down what each command said.
    private func life(_ way: Way) throws -> [Said] {
        let desk = try Desk(way)
        let stream = desk.stream
        var said: [Said] = []
        func take(
            _ arguments: [String], brokers: Bool = false, input: String = ""
        ) throws {
            let output = try desk.run(arguments, brokers: brokers, input: input)
            said.append(
                Said(
                    what: Self.settled(arguments.joined(separator: " "), desk), code: output.code,
                    out: Self.settled(output.out, desk), err: Self.settled(output.err, desk)))
        }
        func looks(_ arguments: String..., input: String = "") throws {
            try take(arguments, input: input)
        }
        func changes(_ arguments: String...) throws { try take(arguments, brokers: true) }

        let spec = try stream.folder.write("spec.json", TestModels.spec)
        for seed in 1...3 {
            let model = try stream.folder.write("v\(seed).model", TestModels.liblinear(seed: seed))
            try take(
                [
                    "register", model, "--model", "m", "--featurizer", spec, "--label",
                    "attack=1", "--label", "normal=-1", "--metric", "auc=0.9\(seed)", "--note",
                    "run \(seed)", "--tag", "team=edge", "--json",
                ])
        }
        // The same again, and one that is no model.
        try take([
            "register", stream.folder.path("v1.model"), "--model", "m", "--featurizer", spec,
            "--label", "attack=1", "--label", "normal=-1",
        ])
        try take(["register", spec, "--model", "m"])
        try take([
            "register", stream.folder.path("v1.model"), "--model", "m", "--featurizer", spec,
            "--alias", "nightly",
        ])
        for arguments in [["models"], ["models", "--json"], ["models", "--where", "auc > 0.91"]] {
            try take(arguments)
        }
        try looks("show", "m")
        try looks("show", "m", "--limit", "2")
        try looks("show", "m", "--limit", "0")
        try looks("show", "m@2", "--limit", "2")
        try looks("show", "m@2", "--json")
        try looks("show", "m@9")
        try looks("show", "none")
        try looks("diff", "m@1", "m@2", "--json")
        try looks("alias", "m@2", "champion")
        try looks("alias", "m@2", "champion")
        try looks("alias", "m")
        try looks("annotate", "m@champion", "--note", "better", "--json")
        try looks("annotate", "m@1", "--metric", "auc=x")
        try looks("score", "m@champion", input: #"{"id":"a","text":"GET /?q=1"}"# + "\n")
        try looks("verify")
        try looks("verify", "m@1", "--json")
        try looks("export", "m@3", stream.folder.path("exported"))
        try looks("register", stream.folder.path("exported"), "--model", "other")

        try changes("promote", "m@1", "--dry-run", "--json")
        try changes("promote", "m@1", "--reason", "first", "--json")
        try changes("promote", "m@1", "--dry-run")
        try changes("promote", "m@1", "--reason", "again")
        try changes("promote", "m@2", "--canary", "5%", "--expect-epoch", "9")
        try changes("promote", "m@2", "--canary", "5%", "--expect-epoch", "9", "--dry-run")
        try changes("promote", "m@2", "--canary", "5%", "--dry-run")
        try changes("promote", "m@2", "--shadow", "--dry-run", "--offline", "--json")
        try changes("promote", "m@9", "--dry-run")
        try changes("promote", "m@2", "--canary", "5%")
        try changes("complete", "m", "--dry-run")
        try changes("promote", "m@2", "--canary", "20%", "--json")
        try changes("complete", "m")
        try changes("rollback", "m", "--dry-run")
        try changes("settings", "m", "--threshold", "0.25", "--dry-run", "--json")
        try changes("rollback", "m", "--json")
        try changes("rollback", "m")
        try changes("settings", "m", "--threshold", "0.25", "--json")
        try looks("history", "m")
        try looks("history", "m", "--limit", "2", "--json")
        try looks("history", "m", "--at", "2020-01-01")
        try changes("republish", "m")
        try looks("archive", "m@3", "--reason", "old")
        try looks("archive", "m@3")
        try looks("archive", "m@1")
        try looks("gc")
        try looks("rollout", "status", "m")
        try looks("audit", "log", "--limit", "3")
        try changes("audit", "verify")
        try looks("keys", "list")
        try looks("webhooks", "enable", "1")
        // A hub follows the topics: what it shows is what it heard last.
        let last = Date(timeIntervalSinceNow: 60)
        while Date() < last,
            !(try desk.run(["status", "m"], brokers: true).out.contains("(announced)"))
        {}
        try changes("status", "m")
        try looks("promote", "m@1", "--wait", "--offline")
        try looks("promote", "m@1", "--wait", "--dry-run")
        return said
    }

    @Test("the life of a model says the same, and ends the same")
    func life() throws {
        let (file, hub) = (try life(.file), try life(.hub))
        #expect(file.count == hub.count)
        for (one, other) in zip(file, hub) { #expect(one == other) }
        // What is compared is the life, and not a series of refusals.
        #expect(file.count { $0.code == 0 } > 30)
    }

    @Test("a person's key signs, and does not leave the machine", arguments: Way.allCases)
    func signed(_ way: Way) throws {
        let desk = try Desk(way)
        let stream = desk.stream
        try desk.done(
            "register", try stream.folder.write("v1.model", TestModels.liblinear(seed: 1)),
            try stream.folder.write("v2.model", TestModels.liblinear(seed: 2)), "--model",
            "http-anomaly", "--featurizer",
            try stream.folder.write("spec.json", TestModels.spec))
        let (ada, bob) = (stream.folder.path("ada.key"), stream.folder.path("bob.key"))
        try desk.done("keys", "generate", "ada", "--role", "promote", "--out", ada)
        try desk.done("keys", "generate", "bob", "--role", "register", "--out", bob)
        try desk.done("sign", "http-anomaly@1", "--sign-with", bob)
        try desk.done("promote", "http-anomaly@1", "--sign-with", ada, brokers: true)
        try desk.done(
            "promote", "http-anomaly@2", "--canary", "5%", "--sign-with", ada, brokers: true)
        try desk.done("republish", "--sign-with", ada, brokers: true)
        try desk.done(
            "settings", "http-anomaly", "--threshold", "0.5", "--sign-with", ada,
            brokers: true)
        let records = try stream.readAll(stream.control, partitions: 1)
        let signatures = records.map { $0.headers[RecordSignature.header] ?? "" }
        #expect(signatures.allSatisfy { $0.hasPrefix("ed25519 ada ") }, "\(signatures)")
        let newest = try JSONValue(parsing: try #require(records.last).value ?? [], act: "test")
        #expect(newest["issued_by"] == "ada")
        #expect(newest["candidate"]?["version"] == 2)
        // A key that may not is refused, and nothing is changed.
        let epoch = try #require(newest["epoch"]?.int)
        let refused = try desk.run(
            ["rollback", "http-anomaly", "--sign-with", bob], brokers: true)
        #expect(refused.code == 1 && refused.err.contains("has the role register"), "\(refused)")
        let history = try desk.done("history", "http-anomaly", "--json").json()
        #expect(history["history"]?.array?.last?["epoch"]?.int == epoch)
        try desk.done("audit", "verify", brokers: true)
    }

    @Test("a dry run tells what the change would be, refuses alike, and leaves all as it is")
    func dryRun() throws {
        for way in Way.allCases {
            let desk = try Desk(way)
            let folder = desk.stream.folder
            let spec = try folder.write("spec.json", TestModels.spec)
            for seed in 1...2 {
                let model = try folder.write("v\(seed).model", TestModels.liblinear(seed: seed))
                try desk.done(
                    "register", model, "--model", "m", "--featurizer", spec, "--label",
                    "attack=1", "--label", "normal=-1")
            }
            let (ada, eve) = (folder.path("ada.key"), folder.path("eve.key"))
            try desk.done("keys", "generate", "ada", "--role", "promote", "--out", ada)
            try desk.done("keys", "generate", "eve", "--role", "register", "--out", eve)
            try desk.done("promote", "m@1", brokers: true)
            func standing() throws -> [String] {
                [
                    try desk.done("history", "m", "--json").out,
                    try desk.done("audit", "head").out,
                    "\(try desk.stream.readAll(desk.stream.control, partitions: 1).count)",
                ]
            }
            let before = try standing()
            let canary = ["promote", "m@2", "--canary", "5%", "--dry-run"]
            let looked = try desk.run(canary + ["--json"], brokers: true)
            let document = try looked.json()
            #expect(looked.code == 0 && document["dry_run"] == true, "\(looked)")
            #expect(document["epoch"] == 2 && document["before"]?["epoch"] == 1, "\(looked)")
            #expect(document["candidate"]?["version"] == 2 && document["changed"] == true)
            #expect(document["committed_at_ms"] == .null && document["live_slots"] == 0)
            let signed = try desk.run(canary + ["--sign-with", ada], brokers: true)
            #expect(signed.code == 0, "\(signed)")
            #expect(signed.err.contains("nothing was changed; now epoch 1, stable 1"), "\(signed)")
            #expect(signed.err.contains("version 2 would decide 5% of the records"), "\(signed)")
            let refused = try desk.run(canary + ["--sign-with", eve], brokers: true)
            #expect(refused.code == 1 && refused.err.contains("has the role register"))
            #expect(try standing() == before, "\(way)")
        }
    }

    @Test("a backup of a hub's registry is as one of its file, and none takes its place otherwise")
    func backup() throws {
        let desk = try Desk(.hub)
        let folder = desk.stream.folder
        let spec = try folder.write("spec.json", TestModels.spec)
        let model = try folder.write("v1.model", TestModels.liblinear(seed: 1))
        try desk.done("register", model, "--model", "m", "--featurizer", spec)
        try desk.done("promote", "m@1", brokers: true)
        let copy = folder.path("copy.db")
        let made = try desk.run(["registry", "backup", copy, "--json"]).json()
        #expect(made["audit_findings"] == 0 && made["path"]?.string == copy, "\(made)")
        #expect(made["id"]?.string == (try desk.done("registry", "id").out.dropLast()).description)
        let beside = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(beside.filter { $0.contains("copy") } == ["copy.db"], "\(beside)")
        let history = try Executable.run(["history", "m", "--registry", copy])
        #expect(try history.out == desk.done("history", "m").out, "\(history)")
        #expect(try Executable.run(["audit", "verify", "--registry", copy]).code == 0)
        let again = try desk.run(["registry", "backup", copy])
        #expect(again.code == 1 && again.err.contains("--force"), "\(again)")
        try desk.done("registry", "backup", copy, "--force")
        // Of something that is no hub nothing is taken, and what is there stays.
        let stranger = try Executable.run(
            ["registry", "backup", copy, "--force", "--hub", "http://127.0.0.1:1"])
        #expect(stranger.code == 1 && stranger.err.contains("http://127.0.0.1:1"), "\(stranger)")
        #expect(try Executable.run(["audit", "verify", "--registry", copy]).code == 0)
    }

    @Test("a hub that does not lead names the one that does, and commands go on there")
    func follows() throws {
        let stream = try TestStream(partitions: 1)
        let first = try RunningHub(stream)
        try first.waitUntilItLeads()
        let second = try RunningHub(stream)
        _ = try second.process.wait(for: "a hub that follows") {
            try TestSocket.get("/readyz", port: second.port).body.hasPrefix("ready; follows")
                ? true : nil
        }
        let made = try Executable.run(
            ["tokens", "create", "ada", "--role", "reader", "--hub", second.url])
        #expect(made.code == 0 && made.out.hasPrefix("swerve_"), "\(made)")
        let listed = try Executable.run(["tokens", "list", "--hub", first.url])
        #expect(listed.out.contains("ada  reader of *"), "\(listed)")
    }

    @Test("who names a file and a hub, or needs the file, is told so")
    func places() throws {
        func refused(
            _ arguments: [String], _ words: String, _ environment: [String: String] = [:]
        ) throws {
            let output = try Executable.run(arguments, environment: environment)
            #expect(output.code == 64 && output.err.contains(words), "\(arguments): \(output)")
            #expect(output.err.split(separator: "\n").count == 1, "\(output)")
        }
        let hub = ["--hub", "http://127.0.0.1:1"]
        try refused(["models", "--registry", "x.db"] + hub, "name one of them")
        try refused(
            ["models"], "name one of them", ["SWERVE_HUB": "http://h", "SWERVE_REGISTRY": "x.db"])
        try refused(["models", "--hub", "ftp://h"], "no scheme")
        try refused(["registry", "migrate"] + hub, "needs the registry's file")
        try refused(["rollout", "run"] + hub, "needs the registry's file")
        try refused(["serve"] + hub, "needs the registry's file")
        try refused(["hub"] + hub, "needs the registry's file")
        try refused(["promote", "m@1", "--bootstrap", "b:1"] + hub, "leave --bootstrap away")
        // An option counts before a variable, whichever it names.
        let file = try Executable.run(
            ["models", "--registry", "none.db"], environment: ["SWERVE_HUB": "http://127.0.0.1:1"])
        #expect(file.err.contains("none.db"), "\(file)")
        let away = try Executable.run(["models"] + hub)
        #expect(away.code == 1 && away.err.contains("asking the hub http://127.0.0.1:1"), "\(away)")
    }
}
