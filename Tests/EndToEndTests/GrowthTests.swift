import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Topics that get partitions while they are served.
@Suite(
    "Growing topics, end to end", .blocking,
    .enabled(
        if: TestStream.realBootstrap != nil, "the development broker's topics cannot grow"))
struct GrowthTests {
    private static let ways: [(assignment: String, delivery: String)] = [
        ("fixed", "at-least-once"), ("static", "exactly-once"), ("dynamic", "at-least-once"),
    ]

    /// Requests on partitions from 0 up.
    private func requests(
        _ range: Range<Int>, over partitions: Int, _ stream: TestStream
    )
        -> [TestStream.Sent]
    {
        zip(range, stream.requests(range)).map { number, record in
            .init(
                partition: Int32(number % partitions), key: record.key, value: record.value)
        }
    }

    /// Returns once the brokers list the partitions: writers do not know them before.
    private func grow(_ topics: [String: Int], _ scene: Scene) throws {
        let administrator = try TopicAdministrator(settings: scene.stream.settings) { _, _ in }
        defer { administrator.close() }
        for (topic, count) in topics {
            try administrator.grow(topic, to: count, timeoutMs: 30_000)
        }
        let end = Date() + Deadlines.hang
        while try administrator.partitionCounts(of: Array(topics.keys), timeoutMs: 30_000) != topics
        {
            guard Date() < end else { throw Failure("\(topics) are not listed") }
        }
    }

    private func waitForWord(_ scene: Scene) throws {
        _ = try scene.service.wait(for: "the word on the output") {
            scene.service.log.contains("\(scene.stream.output) has 2") ? true : nil
        }
    }

    /// A static group gives a member that comes back what it had; the session outlives the test.
    @Test("partitions that the topics got while a static service was stopped are served")
    func growsWhileStopped() throws {
        let stream = try TestStream(partitions: 2)
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(
            at: "swerve.yaml", assignment: "static",
            changes: "kafka.consumer: {session.timeout.ms: 300000}")
        let scene = try Scene.serve(stream, promoting: 1)
        try stream.send(requests(0..<100, over: 2, stream))
        _ = try scene.predictions(100)
        #expect(try scene.service.stop() == 0)
        try grow([stream.input: 5, stream.output: 5], scene)
        let again = try stream.serve()
        try stream.send(requests(100..<600, over: 5, stream))
        let predictions = try stream.read(stream.output, partitions: 5) { $0.count >= 600 }
        #expect(try Set(predictions.map { try Prediction($0).source }).count == 600)
        #expect(try again.stop() == 0)
    }

    @Test(
        "an output that is behind is told; once it follows, all is served, without a restart",
        arguments: ways)
    func grows(assignment: String, delivery: String) throws {
        let stream = try TestStream(partitions: 2)
        try TestModels.register(1, in: stream)
        try stream.writeConfiguration(
            at: "swerve.yaml", assignment: assignment,
            changes: "delivery: \(delivery)\ncommit.interval_ms: 100\n")
        var scene = try Scene.serve(stream, promoting: 1)
        var workers = scene.service.children
        try stream.send(requests(0..<200, over: 2, stream))
        _ = try scene.predictions(200)

        try grow([stream.input: 5], scene)
        try stream.send(requests(200..<700, over: 5, stream))
        try waitForWord(scene)
        // Partitions that both have are served meanwhile.
        _ = try scene.predictions(400)
        #expect(scene.service.children == workers)
        // So they are by a service that starts only now.
        #expect(try scene.service.stop() == 0)
        scene = Scene(stream: stream, service: try stream.serve())
        try stream.send(requests(700..<800, over: 2, stream))
        _ = try scene.predictions(500)
        try waitForWord(scene)

        workers = scene.service.children
        try grow([stream.output: 5, stream.deadLetters: 3], scene)
        _ = try stream.read(stream.output, partitions: 5) { $0.count >= 800 }
        try stream.send(requests(800..<900, over: 5, stream))
        _ = try stream.read(stream.output, partitions: 5) { $0.count >= 900 }
        #expect(scene.service.children == workers)
        #expect(try scene.service.stop() == 0)
        let sources = try stream.readAll(stream.output, partitions: 5).map {
            try Prediction($0).source
        }
        #expect(sources.count == 900 && Set(sources).count == 900)
    }
}
