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
        _ shared: WorkerShared, deadLetterPercent: Int = 50,
        atBound: WorkerConfiguration.AtBound = .exit, headers: [String] = []
    ) -> OutputStage<FakeProducer> {
        var configuration = Streams.configuration(deadLetterPercent: deadLetterPercent)
        configuration.atBound = atBound
        configuration.outputHeaders = headers
        return OutputStage(producer: producer, shared: shared, configuration: configuration)
    }

    private func prediction(_ text: String) -> RecordOutcome {
        unsafe .prediction(held.record(text).value ?? UnsafeBufferPointer(start: nil, count: 0))
    }

    private func dead(_ text: String, _ code: DeadLetterCode = .notJSON) -> RecordOutcome {
        .unscorable(DeadLetterReason(code: code.rawValue, text: text, model: "m", epoch: 3))
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

    @Test("headers are copied behind each prediction, from its place in the poll; the rest is told")
    func headers() throws {
        let kept = KeptLog()
        var output = stage(try Streams.shared(log: kept.log), headers: ["traceparent"])
        _ = try output.put(
            [prediction("one"), dead("two"), prediction("three")], of: staged(3), tag: 9,
            from: polled)
        let copies = producer.events.enumerated().filter {
            if case .headersCopied = $0.element { true } else { false }
        }
        #expect(copies.map(\.offset) == [1, 4])
        #expect(copies.map(\.element) == [.headersCopied(index: 10), .headersCopied(index: 12)])
        #expect(kept.all.isEmpty)
        producer.leftOutHeaders = 7
        _ = try output.put([prediction("four")], of: staged(1), tag: 10, from: polled)
        #expect(kept.all.count == 1 && kept.all[0].contains("7 headers were not copied"))
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

    @Test("at the bound a worker that is to hold stays, and says why")
    func hold() throws {
        let shared = try Streams.shared()
        var output = stage(shared, atBound: .hold)
        let outcomes = (0..<1_001).map { dead("number \($0)") }
        _ = try output.put(outcomes, of: staged(1_001), tag: 1, from: polled)
        #expect(shared.failure == nil && !shared.signals.isStopping)
        #expect(shared.signals.isHolding)
        #expect(
            shared.board.report().held
                == "more than 50 % of the last 1000 records are dead letters, the last one: "
                + "number 999")
        #expect(producer.out.count == 1_001)
    }

    @Test(
        "no reason that a client can choose stops the service, each that operators cause does",
        arguments: DeadLetterCode.allCases)
    func causes(code: DeadLetterCode) throws {
        let shared = try Streams.shared()
        var output = stage(shared, deadLetterPercent: 0)
        // Of lines the first ones after a start have a bound of their own.
        _ = try output.put(
            (0..<1_000).map { _ in prediction("p") }, of: staged(1_000), tag: 1, from: polled)
        _ = try output.put(
            (0..<1_000).map { _ in dead("x", code) }, of: staged(1_000), tag: 1, from: polled)
        #expect((shared.failure == nil) == (code.cause == .clients))
    }

    @Test("where most of the first lines are not of the log's format, the service stops")
    func malformed() throws {
        let shared = try Streams.shared()
        var output = stage(shared)
        var outcomes: [RecordOutcome] = []
        for _ in 0..<500 {
            guard case .prediction(let bytes) = prediction("p") else { return }
            outcomes.append(unsafe .malformed(bytes))
        }
        _ = try output.put(outcomes, of: staged(500), tag: 1, from: polled)
        #expect(shared.failure == nil && output.malformed == 500)
        _ = try output.put([dead("x", .badLine)], of: staged(1), tag: 2, from: polled)
        #expect(output.malformed == 501)
        guard case .deadLetterBound(let words) = shared.failure else {
            Issue.record("the service goes on")
            return
        }
        #expect(words.contains("input.log"))
        #expect(producer.out.count == 501)
    }

    @Test("a flood of what clients can cause is told once, and again after it has ended")
    func flood() throws {
        let kept = KeptLog()
        let shared = try Streams.shared(log: kept.log)
        var output = stage(shared)
        func put(_ outcomes: [RecordOutcome]) throws {
            _ = try output.put(outcomes, of: staged(outcomes.count), tag: 1, from: polled)
        }
        let flood = (0..<1_000).map { _ in dead("path is missing", .missingField) }
        for _ in 0..<3 { try put(flood) }
        #expect(kept.all.count == 1)
        #expect(
            kept.all.first
                == "warning: more than 50 % of the last 1000 records are dead letters, the last "
                + "one: path is missing; those that clients can cause stop nothing; if the form of "
                + "the input changed, correct input.fields")
        try put((0..<1_000).map { _ in prediction("p") })
        try put(flood)
        #expect(kept.all.count == 2 && shared.failure == nil)
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
