import Foundation
import Kafka
import Lifecycle
import Operations
import Registry
import TestSupport
import Testing

/// A process that is stopped between its look at the control topic and its writing, out of reach of
/// the lock, while another one promotes.
@Suite("Announcing, overtaken, end to end", .blocking)
struct OvertakenAnnouncerTests {
    @Test(
        "it puts no older epoch behind the newer one, and a fresh worker serves the newer one",
        .enabled(if: TestStream.realBootstrap != nil, "needs a broker that fences"))
    func stopped() throws {
        let stream = try TestStream(partitions: 1)
        try TestModels.register(3, in: stream)
        try stream.writeConfiguration(at: "swerve.yaml", workers: 1)
        let registry = try Registry.open(path: stream.registry, access: .readWrite(create: false))
        let topic = KafkaControlTopic(
            settings: stream.settings, topic: stream.control, timeoutMs: 30_000
        ) { _, _ in }
        defer { topic.close() }
        let stopped = StoppedTopic(topic) {
            // As on another machine: no lock of ours reaches it.
            try FileManager.default.removeItem(atPath: stream.registry + ".outbox.lock")
            let other = try stream.control(["promote", "http-anomaly@2"])
            guard other.code == 0 else { throw Failure("\(other)") }
        }
        let relay = OutboxRelay(registry: registry, topic: stopped)
        try relay.prepare()
        let outcome = try Promoter(registry: registry, relay: relay).change(
            ChangeOrder(
                .change(.promote(1)), of: try ModelName("http-anomaly"),
                note: ChangeNote(by: "test", at: "2026-01-01T00:00:00.000Z")))
        #expect(outcome.deployment.epoch == 1 && outcome.publications.isEmpty)
        #expect(stopped.answers.map { $0 != .published } == [true])
        #expect(try registry.pendingPublications().isEmpty)

        // Epoch 1 was never there: the other one published the newest state alone.
        let scene = Scene(stream: stream, service: try stream.serve())
        try scene.waitForSlots(1)
        #expect(try scene.status()["announced"]?["epoch"]?.int == 2)
        #expect(try stream.readAll(stream.control, partitions: 1).count == 1)
        #expect(try scene.change("promote", "http-anomaly@3")["epoch"]?.int == 3)
    }
}

/// A control topic whose user is stopped before its first publication.
private final class StoppedTopic: ControlTopic {
    private let topic: KafkaControlTopic
    private var meanwhile: (() throws -> Void)?
    /// What the brokers said to each publication.
    private(set) var answers: [PublishingAnswer] = []

    init(_ topic: KafkaControlTopic, meanwhile: @escaping () throws -> Void) {
        self.topic = topic
        self.meanwhile = meanwhile
    }

    var name: String { topic.name }

    func current() throws(SwerveError) -> [String: StoredAnnouncement] { try topic.current() }

    func forEachRecord(_ body: (ControlTopicRecord) -> Void) throws(SwerveError) {
        try topic.forEachRecord(body)
    }

    func isFencing() throws(SwerveError) -> Bool { try topic.isFencing() }

    func claim(for registry: String) throws(SwerveError) { try topic.claim(for: registry) }

    func publish(_ announcements: [KeyedAnnouncement]) throws(SwerveError) -> PublishingAnswer {
        do {
            try meanwhile?()
        } catch {
            throw SwerveError(.system, act: "promoting meanwhile", reason: "\(error)")
        }
        meanwhile = nil
        let answer = try topic.publish(announcements)
        answers.append(answer)
        return answer
    }
}
