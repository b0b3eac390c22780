import Kafka
import Lifecycle
import TestSupport
import Testing

@testable import Serving

/// What the threads of a worker have for each other.
@Suite("WorkerShared", .blocking)
struct WorkerSharedTests {
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
        shared.end(.stopped)
        try wait()
        #expect(shared.ending == .stopped)
    }
}
