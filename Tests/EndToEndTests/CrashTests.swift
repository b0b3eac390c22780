import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Each step of a change, cut off: the shipped executable, killed before every write, sync and send.
@Suite(
    "commands killed at every step", .serialized,
    .enabled(if: Crash.compiler != nil, Crash.absence))
struct CrashTests {
    /// More steps than any command takes; a run that needs more is a fault of the test.
    private static let stepsMax = 1_000

    @Test("a promotion killed anywhere is whole or was never there; the next command announces it")
    func promote() throws {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        // Another model, whose promotions are the next command of somebody else.
        let spec = try stream.folder.write("spec.json", TestModels.spec)
        for version in 1...2 {
            let made = try stream.swerve(
                "register", stream.folder.path("v\(version).model"), "--model", "other",
                "--featurizer", spec, "--registry", stream.registry)
            #expect(made.code == 0, "\(made)")
        }
        try change(["promote", "http-anomaly@1"], stream)
        try change(["promote", "other@1"], stream)
        let crash = try Crash()
        var epoch = 1
        for step in 1...Self.stepsMax {
            let live = try live("http-anomaly", stream)
            let output = try crash.run(
                arguments(["promote", "http-anomaly@\(live.stable == 1 ? 2 : 1)"], stream),
                at: step, folder: stream.folder.url)
            let after = try self.live("http-anomaly", stream)
            #expect([epoch, epoch + 1].contains(after.epoch), "step \(step)")
            #expect((after.stable != live.stable) == (after.epoch > epoch), "step \(step)")
            let before = try audit(stream, "step \(step)")
            try change(["promote", "other@\(step % 2 == 1 ? 2 : 1)"], stream)
            #expect(try announced("http-anomaly", stream) == after.epoch, "step \(step)")
            #expect(try audit(stream, "step \(step)") == before + 1, "step \(step)")
            epoch = after.epoch
            if let output {
                #expect(output.code == 0, "\(output)")
                #expect(step > 10, "only \(step) steps were counted")
                return
            }
        }
        Issue.record("the promotion did not come to its end")
    }

    @Test(
        "a registration killed anywhere, the registry's making included, is whole or was never there"
    )
    func register() throws {
        let crash = try Crash()
        let folder = try TemporaryFolder()
        try folder.write("spec.json", TestModels.spec)
        try folder.write("v1.model", TestModels.liblinear(seed: 1))
        for step in 1...Self.stepsMax {
            let registry = folder.path("\(step).db")
            let command = [
                "register", "v1.model", "--model", "m", "--featurizer", "spec.json", "--registry",
                registry, "--json",
            ]
            let output = try crash.run(command, at: step, folder: folder.url)
            let again = try Executable.run(command, folder: folder.url)
            #expect(again.code == 0, "step \(step): \(again)")
            #expect(try again.json()["version"] == 1, "step \(step)")
            let audit = try Executable.run(["audit", "verify", "--json", "--registry", registry])
            #expect(audit.code == 0, "step \(step): \(audit)")
            #expect(try audit.json()["entries"] == 2, "step \(step): \(audit)")
            let scored = try Executable.run(
                ["score", "m@1", "--registry", registry], input: #"{"text":"GET / "}"# + "\n")
            #expect(scored.code == 0, "step \(step): \(scored)")
            if let output {
                #expect(output.code == 0, "\(output)")
                #expect(step > 20, "only \(step) steps were counted")
                return
            }
        }
        Issue.record("the registration did not come to its end")
    }

    private func arguments(_ command: [String], _ stream: TestStream) -> [String] {
        command + [
            "--registry", stream.registry, "--bootstrap", stream.bootstrap, "--control-topic",
            stream.control, "--status-topic", stream.status, "--json",
        ]
    }

    private func change(_ command: [String], _ stream: TestStream) throws {
        let output = try stream.control(command)
        guard output.code == 0 else { throw Failure("\(output)") }
    }

    private func live(_ model: String, _ stream: TestStream) throws -> (epoch: Int, stable: Int) {
        let output = try stream.swerve(
            "history", model, "--limit", "1", "--json", "--registry", stream.registry)
        let after = try output.json()["history"]?.array?.first?["after"]
        return (after?["epoch"]?.int ?? 0, after?["stable"]?["version"]?.int ?? 0)
    }

    private func announced(_ model: String, _ stream: TestStream) throws -> Int? {
        try stream.readAll(stream.control, partitions: 1)
            .filter { $0.key == Array(model.utf8) }
            .compactMap { try JSONValue(parsing: $0.value ?? [], act: "test")["epoch"]?.int }.last
    }

    /// The entries of the chain, which holds together and agrees with the topic.
    private func audit(_ stream: TestStream, _ step: String) throws -> Int {
        let output = try stream.control(["audit", "verify"])
        #expect(output.code == 0, "\(step): \(output)")
        return try output.json()["entries"]?.int ?? 0
    }
}
