import Kafka
import Lifecycle
import Serving
import Testing

@Suite("OutputStage")
struct OutputStageTests {
    private let held = HeldRecords()
    private let producer = FakeProducer()
    private let polled = RecordBatch(capacity: 4)

    private func stage(
        _ shared: WorkerShared, deadLetterPercent: Int = 50
    ) -> OutputStage<FakeProducer> {
        OutputStage(
            producer: producer, shared: shared,
            configuration: Streams.configuration(deadLetterPercent: deadLetterPercent))
    }

    private func prediction(_ text: String) -> RecordOutcome {
        unsafe .prediction(held.record(text).value ?? UnsafeBufferPointer(start: nil, count: 0))
    }

    private func dead(_ text: String) -> RecordOutcome {
        .unscorable(DeadLetterReason(code: "not_json", text: text, model: "m", epoch: 3))
    }

    private func staged(_ count: Int) -> [StagedRecord] {
        (0..<count).map {
            StagedRecord(
                view: held.record("", key: "k\($0)", partition: Int32($0), offset: 7),
                // Behind stale records, places are not positions.
                index: $0 + 10, route: .stable)
        }
    }

    @Test("each outcome goes its way with the record's key and partition, under the batch's tag")
    func ways() throws {
        var output = stage(try Streams.shared())
        let deadCount = try output.put(
            [prediction("one"), dead("two"), prediction("three")], of: staged(3), tag: 9,
            from: polled)
        #expect(deadCount == 1)
        #expect(
            producer.events == [
                .appended(value: "one", key: "k0", partition: 0, tag: 9),
                .deadLetter(
                    index: 11, topic: "in",
                    DeadLetterReason(code: "not_json", text: "two", model: "m", epoch: 3), tag: 9),
                .appended(value: "three", key: "k2", partition: 2, tag: 9), .sent,
            ])
    }

    @Test("what the producer refuses for good is thrown")
    func refused() throws {
        var output = stage(try Streams.shared())
        producer.refusal = SwerveError(.refused, act: "producing", reason: "too large")
        #expect(throws: SwerveError.self) {
            _ = try output.put([prediction("one")], of: staged(1), tag: 9, from: polled)
        }
        #expect(producer.out.isEmpty)
    }

    @Test("beyond the bound of dead letters the worker ends, with the batch handed over whole")
    func bound() throws {
        let shared = try Streams.shared()
        var output = stage(shared)
        let half = DeadLetterGuard.windowRecords / 2
        let outcomes =
            (0..<half).map { _ in prediction("p") } + (0..<half).map { dead("number \($0)") }
        _ = try output.put(outcomes, of: staged(outcomes.count), tag: 1, from: polled)
        #expect(shared.failure == nil)
        _ = try output.put([dead("last"), prediction("p")], of: staged(2), tag: 2, from: polled)
        #expect(
            shared.failure
                == .deadLetterBound(
                    "more than 50 % of the last 1000 records are dead letters, the last one: last"))
        #expect(producer.events.suffix(2).first.map { "\($0)".contains("appended") } == true)
        #expect(producer.events.last == .sent)
        #expect(producer.out.count == 2 * half + 2)
    }

    @Test("with a bound of 100 % any number of dead letters goes by")
    func noBound() throws {
        let shared = try Streams.shared()
        var output = stage(shared, deadLetterPercent: 100)
        let outcomes = (0..<3_000).map { _ in dead("x") }
        let deadCount = try output.put(outcomes, of: staged(3_000), tag: 1, from: polled)
        #expect(deadCount == 3_000)
        #expect(shared.failure == nil)
    }
}
