import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Groups that lost what they had committed, and inputs that are not what they were: the service
/// asks, and does what it is told.
@Suite(
    "Lost offsets, end to end", .blocking,
    .enabled(
        if: TestStream.realBootstrap != nil,
        "the development broker keeps nothing that could be lost"))
struct LostOffsetsTests {
    private func administrator(_ stream: TestStream) throws -> TopicAdministrator {
        try TopicAdministrator(settings: stream.settings) { _, _ in }
    }

    /// Served with 100 requests, and stopped; as `fixed`, which leaves the group without members.
    private func servedAndStopped() throws -> TestStream {
        let scene = try Scene.served(versions: 1, workers: 1, assignment: "fixed")
        try scene.stream.send(scene.stream.requests(0..<100))
        _ = try scene.predictions(100)
        #expect(try scene.service.stop() == 0)
        return scene.stream
    }

    private func removeMemory(_ stream: TestStream) throws {
        let folder = stream.folder.path("state")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".input.json") }
        #expect(files.count == 1)
        for file in files { try FileManager.default.removeItem(atPath: "\(folder)/\(file)") }
    }

    @Test("a group whose offsets are gone is asked about; without its memory it begins anew")
    func deleted() throws {
        let stream = try servedAndStopped()
        let administrator = try administrator(stream)
        defer { administrator.close() }
        #expect(try administrator.delete(group: stream.prefix, timeoutMs: 30_000))
        let refused = try stream.serve()
        #expect(try refused.waitForExit() == 1)
        #expect(refused.log.contains("it has no committed offsets"), "\(refused.log)")
        #expect(refused.log.contains("http-anomaly.*.\(stream.prefix).input.json"))
        try removeMemory(stream)
        let scene = Scene(stream: stream, service: try stream.serve())
        _ = try scene.predictions(200)
        #expect(try scene.service.stop() == 0)
    }

    @Test("an input that was made anew behind the group's back is told")
    func madeAnew() throws {
        let stream = try servedAndStopped()
        let administrator = try administrator(stream)
        defer { administrator.close() }
        try administrator.delete([stream.input], timeoutMs: 30_000)
        var made: [String] = []
        let end = Date() + Deadlines.hang
        while made.isEmpty, Date() < end {
            made = try administrator.create(
                [.data(stream.input, partitions: stream.partitions)], replication: nil,
                timeoutMs: 30_000)
        }
        try stream.send(stream.requests(1_000..<1_200))
        try commit(25, stream)
        let refused = try stream.serve()
        #expect(try refused.waitForExit() == 1)
        #expect(refused.log.contains("the topic was made anew"), "\(refused.log)")
        #expect(refused.log.contains("the committed offset 25 means nothing"), "\(refused.log)")
        try removeMemory(stream)
        let scene = Scene(stream: stream, service: try stream.serve())
        _ = try scene.predictions(100 + 100)
        #expect(try scene.service.stop() == 0)
    }

    /// As a move of a group to another cluster sets offsets.
    private func commit(_ offset: Int64, _ stream: TestStream) throws {
        let listener = NobodyListening()
        let consumer = try DataConsumer(
            settings: stream.settings.overlaid(with: KafkaSettings(["group.id": stream.prefix])),
            topic: stream.input, membership: .fixed(slot: 0, total: 1), start: .earliest,
            listener: listener
        ) { _, _ in }
        try consumer.begin(partitionCount: stream.partitions)
        consumer.store(
            (0..<Int32(stream.partitions)).map { PartitionOffset(partition: $0, offset: offset) })
        #expect(consumer.close())
    }
}

private final class NobodyListening: AssignmentListener {
    var isStopping: Bool { false }
    func assigned(_ partitions: [Int32]) {}
    func revoking(_ partitions: [Int32]) {}
    func lost(_ partitions: [Int32]) {}
}
