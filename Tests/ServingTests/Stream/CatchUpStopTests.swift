import Kafka
import Lifecycle
import Logging
import Platform
import Serving
import TestSupport
import Testing

/// The poll thread alone, on a broker, with a control thread that never catches up.
@Suite("A stop while a partition waits for the control topic", .blocking)
struct CatchUpStopTests {
    @Test("nothing that was polled meanwhile is scored, nor counted as done")
    func nothingScored() throws {
        let broker = try DevelopmentBroker(
            topics: [("in", 1), ("out", 1), ("dlq", 1), ("control", 1), ("status", 1)])
        defer { broker.stop() }
        let settings = KafkaSettings([
            "bootstrap.servers": broker.bootstrap, "fetch.wait.max.ms": "1",
        ])
        let writer = try TopicWriter(settings: settings) { _, _ in }
        for number in 0..<2_000 {
            let value = #"{"method":"GET","path":"/\#(number)"}"#
            try writer.write(topic: "in", key: [1], value: Array(value.utf8))
        }
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()

        let folder = try TemporaryFolder()
        var configuration = WorkerConfiguration(
            model: "m", group: "g", slot: 0, total: 1, assignment: .fixed, start: "earliest",
            artifacts: "", stateFolder: folder.path("state"), kafka: settings.values)
        configuration.topics.input = "in"
        configuration.topics.output = "out"
        configuration.topics.deadLetters = "dlq"
        configuration.isDevelopment = true
        let shared = try WorkerShared(
            partitionCount: 1,
            log: WorkerLog(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        _ = shared.slot.replace(with: try Self.set())
        shared.signals.allowJoin()
        let outcome = Guarded<WorkerOutcome?>(nil)
        let (configured, handed) = (configuration, shared)
        let thread = OSThread(name: "poll") {
            let ended = try? ScoringLoop(
                configuration: configured, shared: handed, pollWaitMs: 30_000
            ).run()
            outcome.withLock { $0 = ended }
        }
        // The poll waits for a whole batch, which the 2,000 records are sure to give.
        while shared.gate.waiting == 0 { _ = try Poll.waitForAny([], timeoutMs: 1) }
        shared.signals.stop()
        thread.join()

        #expect(outcome.withLock { $0 } == .stopped)
        #expect(shared.board.report().records == 0)
        #expect(shared.slot.takenEpoch == 0)
        let reader = try TopicReader(settings: settings, topics: [("out", 1, .beginning)]) {
            _, _ in
        }
        defer { reader.close() }
        #expect(try reader.end(of: "out", timeoutMs: 10_000) == 0)
    }

    private static func set() throws -> ServingSet {
        let artifact = try SmallArtifacts.liblinear()
        let model = try TrackedRecords.model()
        let record = AcceptedRecord(
            ControlRecord(
                registry: "r",
                deployment: Deployment(
                    model: model, epoch: 1,
                    stable: DeployedVersion(
                        version: 1, digest: ContentHash.sha256(artifact.manifestBytes)), salt: 1),
                issuedAt: "", issuedBy: "", reason: ""))
        return try SmallArtifacts.set(of: record, artifact)
    }
}
