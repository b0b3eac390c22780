import Inputs
import Kafka
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Verification

/// One partition of three topics, read side by side from a development broker.
@Suite("Walking along one partition", .blocking)
final class PartitionWalkTests {
    private let broker: DevelopmentBroker
    private let settings: KafkaSettings
    private static let key = [UInt8](repeating: 0x6B, count: 2_000)
    private static let timeoutMs: Int32 = 10_000

    init() throws {
        broker = try DevelopmentBroker(topics: [("in", 1), ("out", 1), ("dlq", 1)])
        settings = KafkaSettings(["bootstrap.servers": broker.bootstrap])
    }

    deinit { broker.stop() }

    private struct Written {
        var value: [UInt8]?
        var headers: [(name: String, value: String)] = []
    }

    private func write(_ records: [Written], to topic: String) throws {
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        for (number, record) in records.enumerated() {
            try writer.write(
                topic: topic, key: Self.key, value: record.value, headers: record.headers)
            // The broker hands out at once what came at once.
            if number % 50 == 49 { try writer.flush(milliseconds: 60_000, act: "writing") }
        }
        try writer.flush(milliseconds: 60_000, act: "writing")
    }

    private static func prediction(_ offset: Int64) -> Written {
        let text = """
            {"model":"m","version":1,"epoch":1,"role":"stable","score":11,"label":"attack",\
            "source":{"topic":"in","partition":0,"offset":\(offset)},"id":"id-1"}
            """
        return Written(value: Array(text.utf8))
    }

    private static func letter(_ offset: Int64) -> Written {
        Written(
            value: AuditFixture.broken,
            headers: [
                ("swerve.model", "m"), ("swerve.source.topic", "in"),
                ("swerve.source.partition", "0"), ("swerve.source.offset", "\(offset)"),
                ("swerve.epoch", "1"), ("swerve.error.code", "not_json"),
            ])
    }

    private func outcome(
        records: Int64, outputs: Range<Int64>, letters: Int64, aheadBytes: Int = 8_388_608,
        lettersReplayed: Bool = false,
        scoring: any EpochScoring = FakeEpochScoring()
    ) throws -> PartitionOutcome {
        var terms = try AuditFixture(.exactlyOnce).terms
        terms.ledger = nil
        terms.aheadBytes = aheadBytes
        terms.lettersReplayed = lettersReplayed
        let span = PartitionSpan(
            partition: 0, offsets: 0..<records, kept: 0..<records, committed: records)
        let plan = PartitionWalk.Plan(
            terms: terms, book: EpochBook([try AuditFixture.epoch(1)]), ledger: nil,
            form: RecordForm(InputSettings()), spans: [span], outputs: [outputs],
            letters: [0..<letters], timeoutMs: Self.timeoutMs,
            marks: Deadline(afterMs: 0))
        let consumer = try RangeConsumer(
            settings: settings, queueKilobytes: 64, timeoutMs: Self.timeoutMs
        ) { _, _ in }
        defer { consumer.close() }
        let walk = try PartitionWalk(plan, span, consumer: consumer, scoring: scoring) { _ in }
        defer { walk.close() }
        var memory = HeldRecords(capacity: 0)
        var outcome = try walk.run(in: &memory)
        outcome.judgeMissing(terms)
        return outcome
    }

    @Test("answers that come once all of the input was read say where the output begins")
    func firstAnswerLate() throws {
        try write((0..<10).map { _ in Written(value: [1]) }, to: "in")
        // Retention emptied the output: it began at 5 when it was asked.
        try write((0..<5).map { _ in Written(value: [1]) }, to: "out")
        try write([3, 4, 5, 7, 8, 9].map { Self.prediction($0) }, to: "out")
        let outcome = try outcome(records: 10, outputs: 5..<5, letters: 0)
        #expect(outcome.findings[.cutAnswers].places.map(\.text) == ["0@0-2"])
        #expect(outcome.findings[.lost].places.map(\.text) == ["0@6"])
        #expect(outcome.findings.breaches.keys.map(\.rawValue) == ["lost"])
    }

    @Test("letters far ahead that find no room are in doubt, and their records not lost")
    func droppedLetters() throws {
        let lettered = Set((0..<40).map { Int64($0 * 10 + 5) })
        try write(
            (0..<400).map { offset in
                Written(value: lettered.contains(Int64(offset)) ? AuditFixture.broken : [1])
            }, to: "in")
        // One is lost indeed.
        let answered = (0..<400).map { Int64($0) }.filter { !lettered.contains($0) && $0 != 7 }
        try write(answered.map { Self.prediction($0) }, to: "out")
        try write(lettered.sorted().map { Self.letter($0) }, to: "dlq")
        let outcome = try outcome(
            records: 400, outputs: 0..<Int64(answered.count), letters: 40, aheadBytes: 20_000)
        #expect(outcome.findings[.bounded].count > 0)
        #expect(outcome.findings[.lost].places.map(\.text) == ["0@7"])
        #expect(outcome.findings.breaches.keys.map(\.rawValue) == ["lost"])
    }

    @Test("a prediction that cannot be read is told by its own place")
    func unreadable() throws {
        try write((0..<3).map { _ in Written(value: [1]) }, to: "in")
        let text = #"{"model":"m","version":"1","source":{"topic":"in"}}"#
        try write(
            (0..<3).map { Self.prediction($0) } + [Written(value: Array(text.utf8))], to: "out")
        let outcome = try outcome(records: 3, outputs: 0..<4, letters: 0)
        let found = outcome.findings[.unreadable]
        #expect(found.places.map(\.text) == ["0@3"] && found.words == "a place on the output")
    }

    @Test("a replay that stands first on a cut output hides what went, and accuses nobody")
    func replayedFirst() throws {
        try write((0..<20).map { _ in Written(value: [1]) }, to: "in")
        try write((0..<5).map { _ in Written(value: [1]) }, to: "out")
        try write([3, 10, 11, 12, 14, 15, 16, 17, 18, 19].map { Self.prediction($0) }, to: "out")
        var letter = Self.letter(3)
        letter.value = [1]
        try write([letter], to: "dlq")
        let outcome = try outcome(
            records: 20, outputs: 5..<15, letters: 1, lettersReplayed: true)
        #expect(outcome.findings[.cutAnswers].places.map(\.text) == ["0@0-2", "0@4-9"])
        #expect(outcome.findings[.lost].places.map(\.text) == ["0@13"])
        #expect(outcome.findings.breaches.keys.map(\.rawValue) == ["lost"])
    }

    @Test("where nobody computes the scores any more, nobody reads on")
    func scorerGone() throws {
        try write((0..<1_000).map { _ in Written(value: [1]) }, to: "in")
        try write((0..<1_000).map { Self.prediction($0) }, to: "out")
        let queue = try ScoreQueue()
        queue.close()
        let shelf = ScorerShelf(NoArtifacts())
        let lane = try ScoreLane(RecordForm(InputSettings()), shelf, queue)
        #expect(throws: SwerveError.self) {
            try self.outcome(records: 1_000, outputs: 0..<1_000, letters: 0, scoring: lane)
        }
    }

    private struct NoArtifacts: ArtifactSource {
        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            throw SwerveError(.notFound, act: "a test", reason: "its files are gone")
        }
    }
}
