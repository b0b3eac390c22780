import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Each step of a change, cut off: the shipped executable, killed before each write, sync, send.
@Suite(
    "commands killed at every step", .serialized, .blocking,
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
        var now = try live("http-anomaly", stream)
        var entries = try audit(stream.registry, "at first")
        for step in 1...Self.stepsMax {
            let output = try crash.run(
                arguments(["promote", "http-anomaly@\(now.stable == 1 ? 2 : 1)"], stream),
                at: step, folder: stream.folder.url)
            let after = try live("http-anomaly", stream)
            #expect([now.epoch, now.epoch + 1].contains(after.epoch), "step \(step)")
            #expect((after.stable != now.stable) == (after.epoch > now.epoch), "step \(step)")
            let found = try audit(stream.registry, "step \(step)")
            #expect(found - entries == after.epoch - now.epoch, "step \(step)")
            try change(["republish", "other"], stream)
            #expect(try announced("http-anomaly", stream) == after.epoch, "step \(step)")
            (now, entries) = (after, found)
            if let output {
                #expect(output.code == 0, "\(output)")
                #expect(step > 10, "only \(step) steps were counted")
                let held = try stream.control(["audit", "verify"])
                #expect(held.code == 0, "\(held)")
                return
            }
        }
        Issue.record("the promotion did not come to its end")
    }

    @Test("a registration killed anywhere is whole or was never there")
    func register() throws {
        let folder = try models()
        let first = try Executable.run(
            register("first.model", in: folder.path("r.db")), folder: folder.url)
        #expect(first.code == 0, "\(first)")
        let crash = try Crash()
        var versions = 1
        for step in 1...Self.stepsMax {
            let model = "step-\(step).model"
            try folder.write(model, TestModels.liblinear(seed: 100 + step))
            let command = register(model, in: folder.path("r.db"))
            let output = try crash.run(command, at: step, folder: folder.url)
            let again = try Executable.run(command, folder: folder.url)
            #expect(again.code == 0, "step \(step): \(again)")
            versions += 1
            #expect(try again.json()["version"] == .int(Int64(versions)), "step \(step)")
            try check(folder.path("r.db"), versions: versions, "step \(step)")
            if let output {
                #expect(output.code == 0, "\(output)")
                #expect(step > 10, "only \(step) steps were counted")
                return
            }
        }
        Issue.record("the registration did not come to its end")
    }

    @Test("a registry whose making was killed is made by the next command")
    func making() throws {
        let folder = try models()
        let crash = try Crash()
        // Every step of the opening, then every ninth of the writes of the one transaction that
        // makes the tables.
        let steps = Array(1...30) + stride(from: 39, to: Self.stepsMax, by: 9)
        for step in steps {
            let registry = folder.path("\(step).db")
            let command = register("first.model", in: registry)
            let output = try crash.run(command, at: step, folder: folder.url)
            let again = try Executable.run(command, folder: folder.url)
            #expect(again.code == 0, "step \(step): \(again)")
            try check(registry, versions: 1, "step \(step)")
            if let output {
                #expect(output.code == 0, "\(output)")
                return
            }
        }
        Issue.record("the registration did not come to its end")
    }

    private func models() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("spec.json", TestModels.spec)
        try folder.write("first.model", TestModels.liblinear(seed: 1))
        return folder
    }

    private func register(_ model: String, in registry: String) -> [String] {
        [
            "register", model, "--model", "m", "--featurizer", "spec.json", "--registry", registry,
            "--json",
        ]
    }

    /// The newest version loads with its self-test, and the chain agrees with the tables.
    private func check(_ registry: String, versions: Int, _ step: String) throws {
        #expect(try audit(registry, step) == 1 + versions, "\(step)")
        let scored = try Executable.run(
            ["score", "m@\(versions)", "--registry", registry], input: #"{"text":"GET / "}"# + "\n")
        #expect(scored.code == 0, "\(step): \(scored)")
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

    /// How many entries the chain has; it holds together and agrees with the tables.
    private func audit(_ registry: String, _ step: String) throws -> Int {
        let output = try Executable.run(["audit", "verify", "--json", "--registry", registry])
        #expect(output.code == 0, "\(step): \(output)")
        return try output.json()["entries"]?.int ?? 0
    }
}
