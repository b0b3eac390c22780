import Kafka
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Serving

/// What the threads of a worker have for each other.
@Suite("WorkerShared", .blocking)
struct WorkerSharedTests {
    /// What a manager asks for that has heard of one deployment.
    private static func request() throws -> LoadRequest {
        var manager = VersionManager(model: try TrackedRecords.model(), memory: SlotMemory())
        _ = manager.handle(.replayed)
        let record = try TrackedRecords.record(1)
        _ = manager.heard(key: TrackedRecords.key, value: record.bytes)
        return LoadRequest(try #require(manager.load), present: [], askedAt: 0)
    }

    @Test("whatever another thread has for the control thread ends its wait for records")
    func wakes() throws {
        let broker = try DevelopmentBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let shared = try Streams.shared()
        let reader = try TopicReader(
            settings: KafkaSettings(["bootstrap.servers": broker.bootstrap]),
            partitions: [("control", 0, .beginning)], waker: shared.controlWaker
        ) { _, _ in }
        defer { reader.close() }
        let end = try reader.end(of: "control", timeoutMs: 10_000)
        while reader.position(of: "control") < end { try reader.poll(milliseconds: 100) { _ in } }
        // Each wait is an hour long, unless it is ended.
        func wait() throws { try reader.poll(milliseconds: 3_600_000) { _ in } }

        let ticket = shared.gate.ask()
        try wait()
        #expect(shared.gate.pending == ticket)
        shared.slot.noteTaken(epoch: 3)
        try wait()
        #expect(shared.slot.takenEpoch == 3)
        shared.ledger.tell(
            LedgerQueue.Told(
                event: .released, atMs: 1, generation: 1, deployment: nil, partitions: [],
                spans: []))
        try wait()
        #expect(shared.ledger.take().told.count == 1)
        // A load that ends, though it finds nothing.
        let folder = try TemporaryFolder()
        let loader = VersionLoader(
            cache: try ArtifactCache(folder: folder.path("state"), source: HeldSource([:])),
            trust: nil, inputTopic: "in", partitionCount: 1
        ) { _ in }
        let thread = OSThread(name: "loader") { shared.queue.run(loader) }
        defer {
            shared.queue.stop()
            thread.join()
        }
        shared.queue.load(try Self.request())
        try wait()
        #expect(shared.queue.takeResults().count == 1)
        shared.controlMayEnd(with: .stopped)
        try wait()
        #expect(shared.controlEnding == .stopped)
    }
}
