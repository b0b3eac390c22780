import Inputs
import Kafka
import Lifecycle
import Logging
import Platform
import Serving
import TestSupport

/// A pipeline with records of a broker, whose polls, group, producer and transactions do what a
/// test tells them.
final class PipelineStand {
    let shared: WorkerShared
    let producer = FakeProducer()
    let consumer = FakeConsumer()
    let transactions = FakeTransactions()
    let session: GroupSession
    let pipeline: ScoringPipeline<FakeProducer>
    private let broker: DevelopmentBroker
    private let source: DataConsumer
    private let listener = NoListener()
    private let folder: TemporaryFolder

    /// - Parameters:
    ///   - records: in the one partition of the input; every tenth is no request.
    ///   - change: of the configuration.
    init(
        records: Int, threads: Int = 2, batchLimit: Int = 64, isTransactional: Bool = false,
        _ change: (inout WorkerConfiguration) -> Void = { _ in }
    ) throws {
        broker = try DevelopmentBroker(topics: [("in", 1)])
        let settings = KafkaSettings([
            "bootstrap.servers": broker.bootstrap, "fetch.wait.max.ms": "10",
        ])
        let writer = try TopicWriter(settings: settings) { _, _ in }
        for number in 0..<records {
            let value = number % 10 == 9 ? "{" : Streams.request("/\(number)")
            try writer.write(topic: "in", key: Array("k\(number)".utf8), value: Array(value.utf8))
        }
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        source = try DataConsumer(
            settings: settings.overlaid(with: KafkaSettings(["group.id": "g"])), topic: "in",
            membership: .fixed(slot: 0, total: 1), start: .earliest, listener: listener
        ) { _, _ in }
        try source.begin(partitionCount: 1)
        consumer.source = source

        folder = try TemporaryFolder()
        shared = try Streams.shared()
        var configuration = Streams.configuration(deadLetterPercent: 100)
        configuration.isDevelopment = true
        if isTransactional {
            configuration.delivery = .exactlyOnce
            configuration.commit.intervalMs = 3_600_000
            configuration.commit.records = 1_000_000
        }
        change(&configuration)
        let faults = StreamFaults(
            configuration: configuration, shared: shared, producer: producer)
        let runner =
            isTransactional
            ? TransactionRunner(transactions, configuration: configuration, log: shared.log) : nil
        session = GroupSession(
            configuration: configuration, shared: shared, producer: producer, faults: faults,
            batchLimit: batchLimit, pollWaitMs: 5, transactions: runner)
        pipeline = try ScoringPipeline(
            configuration: configuration, shared: shared, session: session, faults: faults,
            producer: producer, decoders: try (0..<threads).map { _ in try RecordDecoder() },
            batchLog: BatchLog(
                try MappedWords(file: folder.path("journal"), count: BatchJournal.wordCount)),
            batchRecords: 1_000, batchesOut: batchLimit, predictionBytes: 1_000)
        session.flights = pipeline.holder
        session.begin(with: consumer)
        runner?.turn(timeoutMs: 1)
        let group = session
        consumer.onPoll = { group.assigned([0]) }
        producer.onServe = { [shared] in
            if let ticket = shared.gate.pending { shared.gate.answer(ticket) }
        }
        try serve(Streams.constant(1, score: 1), epoch: 1, threads: threads)
        try pipeline.turn(consumer)
        consumer.onPoll = {}
        producer.onServe = {}
    }

    deinit {
        pipeline.release()
        session.flights = .none
        source.close()
        broker.stop()
    }

    /// From the next poll on.
    func serve(
        _ version: LoadedVersion, candidate: LoadedVersion? = nil,
        mode: Candidate.Mode = .canary, epoch: Int64, threads: Int = 2
    ) throws {
        _ = shared.slot.replace(
            with: try Streams.set(
                version, candidate: candidate, mode: mode, epoch: epoch, threads: threads))
    }

    /// A turn whose poll finds so many records.
    func turn(_ count: Int, whilePolled: @escaping () -> Void = {}) throws {
        consumer.counts = count > 0 ? [count] : []
        consumer.onPoll = whilePolled
        defer { consumer.onPoll = {} }
        try pipeline.turn(consumer)
    }

    /// Predictions and dead letters handed over so far, in their order, by number.
    var handedOver: Int {
        producer.predictions.count + producer.deadLetters.count
    }

    /// The offsets and epochs of the predictions handed over, in their order.
    func predictions() throws -> [(offset: Int, epoch: Int)] {
        try producer.predictions.map { text in
            let json = try JSONValue(parsing: Array(text.utf8), act: "reading a prediction")
            return (json["source"]?["offset"]?.int ?? -1, json["epoch"]?.int ?? -1)
        }
    }

    /// What the journal names as at hand.
    func journal() throws -> WorkerJournal.Batch? {
        try WorkerJournal(
            StateFile.read(folder.path("journal"), limit: BatchJournal.byteCount)
        ).batch
    }

    func acknowledgeWhenServed() {
        producer.onServe = { [producer] in producer.deliver() }
    }

    private final class NoListener: AssignmentListener {
        let isStopping = false
        func assigned(_ partitions: [Int32]) {}
        func revoking(_ partitions: [Int32]) {}
        func lost(_ partitions: [Int32]) {}
    }
}
