import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

@Suite("many commands at once against one registry", .serialized, .blocking)
struct ConcurrentCommandsTests {
    private static let processes = 8
    private static let rounds = 3

    @Test("registrations and promotions of 8 processes lose nothing and stay in order")
    func registerAndPromote() throws {
        let stream = try TestStream()
        _ = try stream.folder.write("spec.json", TestModels.spec)
        let runs = try (0..<Self.processes).map { try writer($0, stream) }
        for run in runs {
            #expect(try run.waitForExit() == 0, "\(run.log)")
            #expect(!run.log.contains("locked") && !run.log.contains("busy"), "\(run.log)")
        }
        let changes = Self.processes * Self.rounds
        let registered = runs.flatMap { numbers(in: $0.output, "version") }
        #expect(registered.sorted() == Array(1...changes))
        let history =
            try stream.swerve(
                "history", "http-anomaly", "--json", "--registry", stream.registry
            ).json()["history"]?.array ?? []
        #expect(history.compactMap { $0["epoch"]?.int } == Array(1...changes))
        for (entry, following) in zip(history, history.dropFirst()) {
            #expect(following["before"] == entry["after"])
        }
        let promoted = history.compactMap { $0["after"]?["stable"]?["version"]?.int }
        #expect(promoted.sorted() == Array(1...changes))
        let topic = try epochsOnTopic(stream)
        #expect(topic == topic.sorted() && Set(topic).count == topic.count)
        #expect(topic.last == changes)
        try verify(stream, entries: 1 + 2 * changes)
    }

    @Test("of 8 promotions that expect the same epoch exactly one wins")
    func conditional() throws {
        let stream = try TestStream()
        try TestModels.register(Self.processes + 1, in: stream)
        #expect(try stream.control(["promote", "http-anomaly@1"]).code == 0)
        let runs = try (2...Self.processes + 1).map { version in
            try RunningProcess(
                [
                    "promote", "http-anomaly@\(version)", "--expect-epoch", "1", "--registry",
                    stream.registry, "--bootstrap", stream.bootstrap, "--control-topic",
                    stream.control, "--status-topic", stream.status, "--json",
                ], folder: stream.folder.url)
        }
        let codes = try runs.map { try $0.waitForExit() }
        #expect(codes.count { $0 == 0 } == 1, "\(codes)")
        #expect(codes.count { $0 == 1 } == Self.processes - 1, "\(codes)")
        for (run, code) in zip(runs, codes) where code == 1 {
            #expect(run.log.contains("epoch 1 was expected"), "\(run.log)")
        }
        #expect(try epochsOnTopic(stream) == [1, 2])
        try verify(stream, entries: 1 + Self.processes + 1 + 2)
    }

    /// One process after the other in a shell of its own, as fast as they come.
    private func writer(_ number: Int, _ stream: TestStream) throws -> RunningProcess {
        var script = "set -e\n"
        for round in 0..<Self.rounds {
            let seed = 1 + number * Self.rounds + round
            let model = try stream.folder.write(
                "w\(seed).model", TestModels.liblinear(seed: seed))
            script += """
                made=$("\(Executable.path)" register "\(model)" --model http-anomaly --json \
                --featurizer "\(stream.folder.path("spec.json"))" --registry "\(stream.registry)")
                echo "$made"
                number=$(echo "$made" | sed 's/.*"version":\\([0-9]*\\).*/\\1/')
                "\(Executable.path)" promote "http-anomaly@$number" --registry "\(stream.registry)" \
                --bootstrap "\(stream.bootstrap)" --control-topic "\(stream.control)"

                """
        }
        return try RunningProcess(["-c", script], executable: "/bin/sh")
    }

    private func numbers(in output: String, _ field: String) -> [Int] {
        output.split(separator: "\n").compactMap { line in
            (try? JSONValue(parsing: Array(line.utf8), act: "test"))?[field]?.int
        }
    }

    private func epochsOnTopic(_ stream: TestStream) throws -> [Int] {
        try stream.readAll(stream.control, partitions: 1).compactMap { record in
            try JSONValue(parsing: record.value ?? [], act: "test")["epoch"]?.int
        }
    }

    private func verify(_ stream: TestStream, entries: Int) throws {
        let audit = try stream.control(["audit", "verify"])
        #expect(audit.code == 0, "\(audit)")
        #expect(try audit.json()["entries"] == .int(Int64(entries)), "\(audit)")
    }
}
