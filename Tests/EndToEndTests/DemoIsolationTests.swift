import Foundation
import Kafka
import Lifecycle
import Platform
import TestSupport
import Testing

/// A demo beside a service that runs for real touches nothing of it, whatever the shell exports.
@Suite("Demo beside a real service", .serialized, .blocking)
struct DemoIsolationTests {
    /// All that could lead the demo's children to the stream of somebody else.
    private func exported(_ stream: TestStream) -> [String: String] {
        [
            "SWERVE_BOOTSTRAP": stream.bootstrap, "SWERVE_REGISTRY": stream.registry,
            "SWERVE_CONFIG": stream.folder.path("swerve.yaml"), "SWERVE_GROUP": stream.prefix,
            "SWERVE_STATE": stream.folder.path("state"), "SWERVE_MODEL": "other",
            "SWERVE_TOPICS_INPUT": stream.input, "SWERVE_TOPICS_OUTPUT": stream.output,
            "SWERVE_TOPICS_DEAD_LETTERS": stream.deadLetters,
            "SWERVE_TOPICS_CONTROL": stream.control, "SWERVE_TOPICS_STATUS": stream.status,
            "SWERVE_ARTIFACTS": stream.folder.path("nothing"), "SWERVE_SLOTS_TOTAL": "7",
            "SWERVE_START": "latest", "SWERVE_TRUST": stream.folder.path("no-trust"),
            "SWERVE_SIGNING_KEY": stream.folder.path("no-key"),
        ]
    }

    private func ends(_ stream: TestStream) throws -> [Int64] {
        let topics = [stream.input, stream.output, stream.deadLetters].map {
            ($0, stream.partitions, TopicReader.Start.beginning)
        }
        let single = [stream.control, stream.status].map { ($0, 1, TopicReader.Start.beginning) }
        let reader = try TopicReader(
            settings: stream.settings, topics: topics + single, log: { _, _ in })
        defer { reader.close() }
        var ends: [Int64] = []
        for (topic, count, _) in topics + single {
            for partition in 0..<Int32(count) {
                ends.append(try reader.end(of: topic, partition: partition, timeoutMs: 15_000))
            }
        }
        return ends
    }

    @Test("exported variables and the swerve.yaml of the folder lead it nowhere")
    func isolated() throws {
        let stream = try TestStream()
        let before = try ends(stream)
        let output = try Executable.run(
            [
                "demo", "--json", "--rate", "0", "--records", "2000", "--models",
                RepositoryFiles.file("models").path,
            ], environment: exported(stream), folder: stream.folder.url)
        #expect(output.code == 0, "\(output)")
        #expect(try output.json()["ok"] == true)
        #expect(output.err.contains("a development broker of the demo's own"))
        #expect(output.err.contains("SWERVE_BOOTSTRAP"))
        #expect(!output.err.contains(stream.bootstrap))
        #expect(try ends(stream) == before)
        #expect(!FileManager.default.fileExists(atPath: stream.registry))
        #expect(!FileManager.default.fileExists(atPath: stream.folder.path("state")))
    }

    @Test(
        "on real brokers its topics go when it ends, also after a failure",
        .enabled(if: TestStream.realBootstrap != nil),
        arguments: [["--records", "2000"], ["--records", "2000", "--label", "odd=nowhere"]])
    func takesAway(arguments: [String]) throws {
        let real = try #require(TestStream.realBootstrap)
        let output = try Executable.run(
            [
                "demo", "--json", "--rate", "0", "--bootstrap", real, "--models",
                RepositoryFiles.file("models").path,
            ] + arguments)
        #expect(output.code == (arguments.count == 2 ? 0 : 1), "\(output)")
        try expectGone(output.err, on: real)
    }

    @Test(
        "and after SIGINT", .enabled(if: TestStream.realBootstrap != nil))
    func interrupted() throws {
        let real = try #require(TestStream.realBootstrap)
        let demo = try RunningProcess([
            "demo", "--records", "1000000", "--rate", "1000", "--bootstrap", real, "--models",
            RepositoryFiles.file("models").path,
        ])
        _ = try demo.wait(for: "the workers") { demo.log.contains("workers serve") ? true : nil }
        #expect(try demo.stop(SIGINT) == 1)
        try expectGone(demo.log, on: real)
    }

    @Test("on a development broker that somebody started it says at once what to do instead")
    func developmentBroker() throws {
        let broker = try RunningProcess(["broker", "--topic", "other:1"])
        let address = try broker.wait(for: "the broker's address") {
            try broker.output.split(separator: "\n").first.flatMap {
                try JSONValue(parsing: Array($0.utf8), act: "a test")["bootstrap"]?.string
            }
        }
        let output = try Executable.run([
            "demo", "--records", "2000", "--bootstrap", address, "--models",
            RepositoryFiles.file("models").path,
        ])
        #expect(output.code == 1)
        #expect(
            output.err.hasSuffix(
                "swerve: making the topics of the demo on \(address): this is a development broker, "
                    + "which makes no topics when asked; leave --bootstrap away, and the demo starts "
                    + "a broker of its own; or name a real Kafka\n"), "\(output)")
        // Nothing was made, so nothing is taken away.
        #expect(!output.err.contains("delete by hand"), "\(output)")
        _ = try broker.stop(SIGTERM)
    }

    /// The five topics that the demo named are no longer there.
    private func expectGone(_ words: String, on bootstrap: String) throws {
        let line = try #require(
            words.split(separator: "\n").first { $0.contains("and topics ") }, "\(words)")
        let list = try #require(line.components(separatedBy: "and topics ").last)
        let names = list.components(separatedBy: ", ").prefix(5).map { $0 }
        #expect(names.count == 5 && names.allSatisfy { $0.hasPrefix("swerve-demo-") })
        let administrator = try TopicAdministrator(
            settings: KafkaSettings(["bootstrap.servers": bootstrap]), log: { _, _ in })
        defer { administrator.close() }
        // Deleted is what the controller says; a broker's listing follows.
        let deadline = Deadline(afterMs: 30_000)
        var counts = try administrator.partitionCounts(of: names, timeoutMs: 15_000)
        while counts.values.contains(where: { $0 != 0 }), !deadline.hasPassed {
            counts = try administrator.partitionCounts(of: names, timeoutMs: 15_000)
        }
        #expect(counts.values.allSatisfy { $0 == 0 }, "\(counts)")
    }
}
