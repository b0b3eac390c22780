import Inputs
import Kafka
import Lifecycle
import TestSupport
import Testing

@testable import Verification

/// The newest records of an input, asked about by two versions within bounds.
@Suite("Replay of the newest records", .blocking)
final class RecentReplayTests {
    private let broker: DevelopmentBroker
    private let settings: KafkaSettings

    init() throws {
        broker = try DevelopmentBroker(topics: [("in", 2), ("none", 1)])
        settings = KafkaSettings(["bootstrap.servers": broker.bootstrap])
    }

    deinit { broker.stop() }

    private struct NoArtifacts: ArtifactSource {
        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            throw SwerveError(.notFound, act: "a test", reason: "its files are gone")
        }
    }

    private func write(_ lengths: [Int], partition: Int32) throws {
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        for length in lengths {
            let path = "/" + String(repeating: "a", count: length)
            try writer.write(
                topic: "in", partition: partition, key: nil,
                value: Array(#"{"method":"GET","path":"\#(path)"}"#.utf8))
        }
        try writer.flush(milliseconds: 60_000, act: "writing")
    }

    private func run(
        topic: String = "in", _ bounds: RecentBounds = RecentBounds(),
        isStopped: () -> Bool = { false }
    ) throws -> RecentReplayReport {
        let form = RecordForm(InputSettings())
        let access = StreamAccess(
            settings: settings, input: form, artifacts: NoArtifacts(), timeoutMs: 10_000,
            log: { _, _ in })
        let plan = ReplayPlan(
            topic: topic, form: form, first: try ReplayFixture.version(1, threshold: 200),
            second: try ReplayFixture.version(2, threshold: 100), labels: nil, salt: 0)
        return try RecentReplay(access, plan, bounds).run(isStopped: isStopped)
    }

    @Test("all that an input has is asked about, and flips are kept with their records")
    func whole() throws {
        try write([5, 150, 300], partition: 0)
        try write([150, 5], partition: 1)
        let report = try run()
        #expect(report.tally.records == 5 && report.tally.pairs == 5 && report.cut == nil)
        #expect(report.tally.up.count == 2 && report.tally.down.count == 0)
        let places = Set(report.tally.up.flips.map(\.place))
        #expect(
            places == [
                StreamPlace(partition: 0, offset: 1), StreamPlace(partition: 1, offset: 0),
            ])
        #expect(report.tally.up.flips.allSatisfy { $0.value?.isEmpty == false })
    }

    @Test("of a long input the newest records of each partition are asked about")
    func newest() throws {
        try write(Array(repeating: 150, count: 50) + Array(repeating: 5, count: 10), partition: 0)
        try write([150], partition: 1)
        var bounds = RecentBounds()
        bounds.records = 20
        let report = try run(bounds)
        #expect(report.tally.records == 11 && report.tally.up.count == 1 && report.cut == nil)
    }

    @Test("the bounds of bytes and of time end it, and that is said")
    func bounds() throws {
        try write(Array(repeating: 150, count: 50), partition: 0)
        try write([150], partition: 1)
        var bytes = RecentBounds()
        bytes.bytes = 1
        let first = try run(bytes)
        #expect(first.cut?.contains("MB") == true && first.tally.records > 0)
        // The second partition was not begun.
        #expect(first.tally.up.flips.allSatisfy { $0.place.partition == 0 })
        var time = RecentBounds()
        time.milliseconds = 0
        let none = try run(time)
        #expect(none.cut?.contains("longer than") == true && none.tally.records == 0)
    }

    @Test("nobody has to want it to its end, and what is not there is told")
    func faults() throws {
        try write([5], partition: 0)
        let stopped = try #require(throws: SwerveError.self) { try run { true } }
        #expect(stopped.code == .unavailable)
        let missing = try #require(throws: SwerveError.self) { try run(topic: "missing") }
        #expect(missing.problem?.kind == .topicNotFound, "\(missing)")
        let empty = try run(topic: "none")
        #expect(empty.tally.records == 0 && empty.cut == nil)
    }
}
