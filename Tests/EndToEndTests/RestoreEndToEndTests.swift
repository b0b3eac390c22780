import Foundation
import Lifecycle
import TestSupport
import Testing

/// A registry that is restored from an older backup, and a second one, on a control topic that has
/// heard more than they know.
@Suite("Backup, restore and adoption, end to end", .serialized, .blocking)
struct RestoreEndToEndTests {
    /// Puts a backup in the registry's place, beside workers that serve on.
    private func restore(_ backup: String, in stream: TestStream) throws {
        let trial = try stream.swerve(
            "registry", "restore", backup, "--registry", stream.registry, "--dry-run", "--json")
        #expect(trial.code == 0, "\(trial)")
        #expect(try trial.json()["kept"] == .null)
        let done = try stream.swerve(
            "registry", "restore", backup, "--registry", stream.registry, "--json")
        #expect(done.code == 0, "\(done)")
        let kept = try #require(try done.json()["kept"]?.string)
        #expect(FileManager.default.fileExists(atPath: kept))
        #expect(done.err.contains("swerve registry adopt"), "\(done)")
    }

    private func serves(_ epoch: Int, _ version: Int, _ scene: Scene) throws {
        _ = try scene.service.wait(for: "epoch \(epoch) on all slots") {
            let status = try scene.status()
            let slots = status["slots"]?.array ?? []
            let isThere = slots.allSatisfy {
                $0["serving"]?["epoch"]?.int == epoch && $0["serving"]?["stable"]?.int == version
            }
            return isThere && slots.count == 2 && status["converged"] == true ? true : nil
        }
    }

    private func expectRefused(
        _ arguments: [String], in stream: TestStream, _ words: String...
    ) throws {
        let output = try stream.control(arguments)
        #expect(output.code == 1, "\(arguments): \(output)")
        #expect(output.err.split(separator: "\n").count == 1, "\(output)")
        for word in words { #expect(output.err.contains(word), "\(arguments): \(output)") }
    }

    @Test("an older backup does not speak with old epochs until it adopts, and workers follow it")
    func restored() throws {
        let scene = try Scene.served(versions: 2)
        let stream = scene.stream
        let backup = stream.folder.path("backup.db")
        let made = try stream.swerve(
            "registry", "backup", backup, "--registry", stream.registry, "--json")
        #expect(made.code == 0, "\(made)")
        let again = try stream.swerve("registry", "backup", backup, "--registry", stream.registry)
        #expect(again.code == 1 && again.err.contains("--force"), "\(again)")
        #expect(try scene.change("promote", "http-anomaly@2")["epoch"]?.int == 2)
        #expect(try scene.change("rollback", "http-anomaly")["epoch"]?.int == 3)
        try scene.feed(0..<100)
        #expect(try scene.predictions(100).map(\.epoch).allSatisfy { $0 == 3 })

        try restore(backup, in: stream)
        let id = try stream.swerve("registry", "id", "--registry", stream.registry, "--json").json()
        #expect(try id["id"] == made.json()["id"])
        // It has epoch 1; its next is one that the topic has heard otherwise.
        try expectRefused(
            ["promote", "http-anomaly@2"], in: stream, "epoch 3 of this registry", "restored",
            "nothing was changed", "--registry", "swerve registry adopt http-anomaly")
        let ahead = try stream.control(["promote", "http-anomaly@2", "--offline"])
        #expect(ahead.code == 0, "\(ahead)")
        try expectRefused(["republish"], in: stream, "swerve registry adopt http-anomaly")
        let audit = try stream.swerve(
            "audit", "verify", "--registry", stream.registry, "--bootstrap", stream.bootstrap,
            "--control-topic", stream.control)
        #expect(audit.code == 1, "\(audit)")
        #expect(audit.out.contains("http-anomaly epoch 3 (control topic"), "\(audit)")
        try scene.feed(100..<200)
        #expect(try scene.predictions(200).map(\.epoch).allSatisfy { $0 == 3 })

        let adopted = try stream.control(["registry", "adopt", "http-anomaly", "--reason", "disk"])
        #expect(adopted.code == 0, "\(adopted)")
        #expect(try adopted.json()["epoch"]?.int == 4)
        try serves(4, 2, scene)
        try expectRefused(["registry", "adopt", "http-anomaly"], in: stream, "own")
        #expect(try stream.control(["republish"]).code == 0)
        #expect(try scene.change("promote", "http-anomaly@1")["epoch"]?.int == 5)
        try scene.feed(200..<300)
        let predictions = try scene.predictions(300)
        #expect(Set(predictions.map(\.epoch)) == [3, 5])
        let history = try stream.swerve(
            "history", "http-anomaly", "--registry", stream.registry, "--json")
        #expect(try history.json()["history"]?.array?.count == 4, "\(history)")
        // The chain by itself, without the topic, which remembers what the backup never knew.
        let chain = try Executable.run(["audit", "verify", "--registry", stream.registry])
        #expect(chain.code == 0, "\(chain)")
        #expect(try scene.service.stop() == 0)
    }

    @Test("a second registry is refused until it adopts, and then the first one is")
    func second() throws {
        let scene = try Scene.served(versions: 2)
        let stream = scene.stream
        let first = stream.folder.path("first.db")
        let made = try stream.swerve("registry", "backup", first, "--registry", stream.registry)
        #expect(made.code == 0, "\(made)")
        try restore(first, in: stream)
        let other = ["--registry", stream.folder.path("other.db")]
        for seed in 1...2 {
            let taken = try Executable.run(
                [
                    "register", stream.folder.path("v\(seed).model"), "--model", "http-anomaly",
                    "--featurizer", stream.folder.path("spec.json"), "--label", "attack=1",
                    "--label", "normal=-1",
                ] + other, folder: stream.folder.url)
            #expect(taken.code == 0, "\(taken)")
        }
        func run(_ arguments: String...) throws -> Executable.Output {
            try Executable.run(
                arguments + other + [
                    "--bootstrap", stream.bootstrap, "--control-topic", stream.control,
                    "--status-topic", stream.status, "--json",
                ], folder: stream.folder.url)
        }
        let refused = try run("promote", "http-anomaly@2")
        #expect(refused.code == 1, "\(refused)")
        #expect(refused.err.contains("swerve registry adopt http-anomaly"), "\(refused)")
        #expect(refused.err.contains("other.db") && !refused.out.contains("stable"), "\(refused)")
        let offline = try run("promote", "http-anomaly@2", "--offline")
        #expect(offline.code == 0, "\(offline)")
        let adopted = try run("registry", "adopt", "http-anomaly")
        #expect(try adopted.json()["epoch"]?.int == 2, "\(adopted)")
        try serves(2, 2, scene)
        let promoted = try run("promote", "http-anomaly@1", "--wait")
        #expect(promoted.code == 0, "\(promoted)")
        try expectRefused(
            ["promote", "http-anomaly@2"], in: stream, "swerve registry adopt http-anomaly")
        let status = try scene.status()
        #expect(status["converged"] == true && status["target"]?["epoch"]?.int == 3)
        #expect(status["notes"]?.array?.isEmpty == false)
        #expect(try scene.service.stop() == 0)
    }

    @Test("a change signed for another control topic is not announced until it is signed anew")
    func otherTopic() throws {
        let office = try Office()
        let stream = office.stream
        let trust = stream.folder.path("trust")
        try stream.writeConfiguration(at: "swerve.yaml", workers: 1, changes: "trust: \(trust)")
        let service = try stream.serve()
        let elsewhere = try stream.swerve(
            "promote", "http-anomaly@1", "--sign-with", office.ops, "--registry", stream.registry,
            "--offline", "--control-topic", "other")
        #expect(elsewhere.code == 0 && elsewhere.err.contains("republish"), "\(elsewhere)")
        for more in [[], ["--trust", trust]] {
            try expectRefused(
                ["republish"] + more, in: stream, "another control topic than \(stream.control)",
                "swerve republish http-anomaly --sign-with")
        }
        #expect(try stream.readAll(stream.control, partitions: 1).isEmpty)
        let again = try stream.control(["republish", "http-anomaly", "--sign-with", office.ops])
        #expect(again.code == 0, "\(again)")
        #expect(try office.serves(2, service).serving?.signedBy == "ops")
        #expect(try service.stop() == 0)
    }
}
