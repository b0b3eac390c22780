import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// A change that was committed and not announced is announced by the next command that writes,
/// whatever that command is for.
@Suite("Pending announcements", .blocking)
struct PendingAnnouncementTests {
    private let stream: TestStream
    /// Where no swerve.yaml names the brokers.
    private let elsewhere: TemporaryFolder

    init() throws {
        elsewhere = try TemporaryFolder()
        stream = try TestStream(partitions: 1)
        try TestModels.register(3, in: stream)
        let key = try swerve(
            ["keys", "generate", "ci", "--role", "register", "--out", stream.folder.path("ci.key")])
        guard key.code == 0 else { throw Failure("\(key)") }
    }

    private func swerve(_ arguments: [String]) throws -> Executable.Output {
        try Executable.run(
            arguments + ["--registry", stream.registry], folder: elsewhere.url)
    }

    private var brokers: [String] {
        ["--bootstrap", stream.bootstrap, "--control-topic", stream.control]
    }

    /// Commits a change that nobody is told of; the epoch it has.
    private func commit() throws -> Int {
        let current = try swerve(["show", "http-anomaly", "--json"]).json()["deployment"]
        let version = current?["stable"]?["version"] == 1 ? 2 : 1
        let output = try swerve(
            ["promote", "http-anomaly@\(version)", "--offline", "--json"])
        guard output.code == 0, let epoch = try output.json()["epoch"]?.int else {
            throw Failure("\(output)")
        }
        return epoch
    }

    private func announcedEpoch() throws -> Int? {
        try stream.readAll(stream.control, partitions: 1).last.flatMap { record in
            try JSONValue(parsing: record.value ?? [], act: "reading a control record")["epoch"]?
                .int
        }
    }

    /// Each command that writes to the registry, in an order in which each has something to do.
    private var writers: [[String]] {
        let folder = stream.folder
        return [
            ["annotate", "http-anomaly@1", "--note", "better"],
            ["alias", "http-anomaly@3", "champion"],
            ["alias", "http-anomaly", "--remove", "champion"],
            ["sign", "http-anomaly@3", "--sign-with", folder.path("ci.key")],
            ["archive", "http-anomaly@3"],
            ["archive", "http-anomaly@3", "--undo"],
            ["gc", "--delete"],
            ["keys", "generate", "ops", "--role", "promote", "--out", folder.path("ops.key")],
            ["keys", "revoke", "ops"],
            [
                "register", folder.path("v1.model"), "--model", "other", "--featurizer",
                folder.path("spec.json"),
            ],
            ["registry", "migrate"],
            ["promote", "other@1"],
        ]
    }

    @Test("every command that writes announces it, says so once, and does its own work")
    func announces() throws {
        for writer in writers {
            let epoch = try commit()
            let output = try swerve(writer + brokers)
            #expect(output.code == 0, "\(writer): \(output)")
            #expect(
                output.err.contains(
                    "announced http-anomaly epoch \(epoch), which an earlier command had committed"),
                "\(writer): \(output)")
            let topic = try stream.readAll(stream.control, partitions: 1).compactMap { record in
                try JSONValue(parsing: record.value ?? [], act: "reading a control record")
            }
            #expect(
                topic.contains { $0["model"] == "http-anomaly" && $0["epoch"]?.int == epoch },
                "\(writer)")
        }
        // Nothing is pending any more: no line, and the brokers are not looked for.
        let quiet = try swerve(
            ["annotate", "http-anomaly@1", "--note", "best", "--bootstrap", "127.0.0.1:1"])
        #expect(quiet.code == 0 && quiet.err.isEmpty, "\(quiet)")
    }

    @Test("no brokers named, or none that answer: its own work is done, and a line tells the rest")
    func unreachable() throws {
        let epoch = try commit()
        let told = "1 change is committed and not announced (http-anomaly epoch \(epoch))"
        for (note, options, words, remedy) in [
            ("a", [], "no brokers are named", "swerve republish http-anomaly"),
            (
                "b", ["--bootstrap", "127.0.0.1:1", "--broker-timeout", "1"], "127.0.0.1:1",
                "swerve republish http-anomaly"
            ),
        ] {
            let output = try swerve(["annotate", "http-anomaly@1", "--note", note] + options)
            #expect(output.code == 0 && output.out.contains("annotated"), "\(output)")
            #expect(output.err.split(separator: "\n").count == 1, "\(output)")
            #expect(output.err.contains(told) && output.err.contains(words), "\(output)")
            #expect(output.err.contains(remedy), "\(output)")
        }
        #expect(try announcedEpoch() == nil)
        let shown = try swerve(["show", "http-anomaly@1", "--json"])
        #expect(try shown.json()["note"] == "b" && shown.err.isEmpty)
    }
}
