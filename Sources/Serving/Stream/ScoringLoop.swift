import Inputs
import Kafka
package import Lifecycle
import Platform
package import SchemaRegistry

/// The poll thread from its start to its end: waits for something to serve, joins, takes turns of
/// its pipeline until it is asked to stop, finishes what is out, and closes.
///
/// ```
///  GroupSession.poll ─► RecordRouter.stage ─► ScoringTeam ────────► OutputStage.put ─┐
///        ▲                 borrows the tracker   threads of its own    predictions,   │
///        │                                                             dead letters   ▼
///        └──────────── GroupSession.settle ◄── deliveries ◄────────────────────── producer
/// ```
///
/// `ScoringPipeline` is what joins these in a turn. All of it is made and used on one thread.
package final class ScoringLoop {
    private let configuration: WorkerConfiguration
    private let shared: WorkerShared
    private let producer: RecordProducer
    /// One for each thread that scores.
    private let decoders: [RecordDecoder]
    private let faults: StreamFaults
    private let session: GroupSession
    /// Nil for at-least-once delivery.
    private let transactions: ProducerTransactions?
    /// Of Avro alone.
    private let parked: ParkedRecords?
    /// Nil where its file cannot be made.
    private let batchLog: BatchLog?
    /// Whether the group was joined, and its place given back.
    private var hasLeft = false
    private let owner = ThreadOwner()

    /// - Parameters:
    ///   - schemas: of records of Avro; nil for other formats.
    ///   - pollWaitMs: how long a poll waits where the one before found nothing.
    package init(
        configuration: WorkerConfiguration, shared: WorkerShared, schemas: SchemaTable? = nil,
        pollWaitMs: Int32 = 5
    ) throws(SwerveError) {
        self.configuration = configuration
        self.shared = shared
        batchLog = BatchLog.open(configuration, shared)
        parked = schemas.map {
            ParkedRecords(configuration, shared, $0, capacity: Self.batchRecords)
        }
        var decoders: [RecordDecoder] = []
        for _ in 0..<configuration.scoringThreads {
            decoders.append(try RecordDecoder(configuration.input()))
        }
        self.decoders = decoders
        producer = try RecordProducer(
            settings: configuration.producerSettings,
            outputTopic: configuration.topics.output,
            deadLetterTopic: configuration.topics.deadLettersIfAny,
            deadLetterPartitions: shared.deadLetterPartitionCount, limits: shared.limits,
            batchCapacity: Self.batchRecords, copiedHeaders: configuration.outputHeaders,
            transactionalID: configuration.transactionalID, progress: shared.progress,
            log: shared.log.kafka)
        transactions =
            configuration.delivery == .exactlyOnce ? ProducerTransactions(of: producer) : nil
        faults = StreamFaults(configuration: configuration, shared: shared, producer: producer)
        session = GroupSession(
            configuration: configuration, shared: shared, producer: producer, faults: faults,
            batchLimit: Self.batchesOut, pollWaitMs: pollWaitMs,
            transactions: transactions.map {
                TransactionRunner($0, configuration: configuration, log: shared.log)
            })
    }

    /// The thread's body: waits until there is something to serve, joins, scores until asked to
    /// stop, finishes what is out, and closes.
    package func run() -> WorkerOutcome {
        owner.assertCurrent()
        defer { producer.close(isProcessEnding: shared.signals.isUnheard) }
        do throws(SwerveError) {
            try waitForScorer()
            try takeTransactions()
            if !shared.signals.isStopping { try serve() }
            try hold()
            if shared.signals.isLeaving, !hasLeft { leaveUnjoined() }
        } catch {
            // A stop does not wait for brokers that are away, and is no failure because of them.
            if shared.signals.isStopping, error.isRetryable {
                shared.log.warning(error.description)
            } else {
                shared.fail(error)
            }
        }
        return shared.failure ?? shared.stopOutcome
    }

    /// Waits until the control thread has something to serve; no group is joined before that.
    private func waitForScorer() throws(SwerveError) {
        while !shared.signals.mayJoin, !shared.signals.isStopping {
            producer.serve(milliseconds: Self.startWaitMs)
            try faults.lookAtProducer()
        }
    }

    /// Takes the transactional id, before any committed offset is read: whoever had it is fenced,
    /// and what it had open is aborted.
    private func takeTransactions() throws(SwerveError) {
        guard let runner = session.transactions else { return }
        while !runner.isReady, !shared.signals.isStopping {
            runner.turn(timeoutMs: Self.takeMs)
            producer.serve(milliseconds: 0)
            try faults.lookAtProducer()
            faults.end(runner.delivery.ending)
        }
    }

    /// At the bound of dead letters, where the worker is to stay: it has closed its consumer, and
    /// waits for a stop.
    ///
    /// A static member's place stays until the session timeout.
    private func hold() throws(SwerveError) {
        guard shared.signals.isHolding else { return }
        shared.board.update { $0.partitions = [] }
        while !shared.signals.isStopping {
            producer.serve(milliseconds: Self.startWaitMs)
            try faults.lookAtProducer()
        }
    }

    private func serve() throws(SwerveError) {
        let pipeline = try makePipeline()
        session.flights = pipeline.holder
        let consumer = try openConsumer()
        transactions?.consumer = consumer
        // librdkafka does not end a handle while records of its are held: on every way out, an
        // error in the middle of a batch among them, they go back first.
        var isFailed = false
        defer {
            pipeline.release()
            session.flights = .none
            let isHeard = consumer.close(
                isProcessEnding: isFailed || shared.failure != nil,
                withinMs: shared.partingMs(
                    atMost: DataConsumer.goodbyeMs, drainMs: configuration.drainMs) ?? 0)
            if !isHeard, !shared.signals.isHolding { shared.signals.noteUnheard() }
            session.tellEnd(isHeard: isHeard)
        }
        session.begin(with: consumer)
        try consumer.begin(partitionCount: shared.partitionCount)
        shared.board.update { $0.phase = .serving }
        do throws(SwerveError) {
            while !shared.signals.isStopping, !shared.signals.isHolding {
                try pipeline.turn(consumer)
            }
            try pipeline.finish()
        } catch {
            isFailed = true
            pipeline.release()
            session.failed(error)
            throw error
        }
        batchLog?.isScoring = false
        let phase = shared.signals.isStopping ? StatusRecord.Phase.stopping : .waiting
        shared.board.update { $0.phase = phase }
        session.drain()
        guard shared.signals.isLeaving else { return }
        pipeline.release()
        leave(consumer)
    }

    private func makePipeline() throws(SwerveError) -> ScoringPipeline<RecordProducer> {
        try ScoringPipeline(
            configuration: configuration, shared: shared, session: session, faults: faults,
            producer: producer, decoders: decoders, batchLog: batchLog,
            parked: parked, batchRecords: Self.batchRecords, batchesOut: Self.batchesOut,
            predictionBytes: RecordProducer.recordBytes(
                configuration.producerSettings, limit: shared.limits.output))
    }

    /// Gives the place in the group back: the partitions are shared out anew without this slot.
    private func leave(_ consumer: DataConsumer) {
        hasLeft = true
        guard !consumer.leaveGroup(timeoutMs: Self.leaveMs) else { return }
        tellUnheard()
    }

    /// The same for a worker that holds, or waited for something to serve: the group may have the
    /// place of a static member still, of this process or the one before.
    private func leaveUnjoined() {
        guard case .static(let instanceID) = configuration.membership else { return }
        do throws(SwerveError) {
            try StaticPlace(
                settings: configuration.consumerSettings, topic: configuration.topics.input,
                instanceID: instanceID, log: shared.log.kafka
            ).giveBack(timeoutMs: Self.leaveMs)
        } catch {
            shared.log.warning(error.description)
            tellUnheard()
        }
    }

    private func tellUnheard() {
        shared.log.warning(
            "the brokers did not hear that the slot leaves; its partitions are free at the end of "
                + "the session timeout")
    }

    private func openConsumer() throws(SwerveError) -> DataConsumer {
        let log = shared.log
        return try DataConsumer(
            settings: configuration.consumerSettings, topic: configuration.topics.input,
            membership: configuration.membership,
            start: StartPosition(rawValue: configuration.start) ?? .earliest,
            commits: configuration.commits,
            earlier: try configuration.servedInputFile()?.earlier(log: { log.warning($0) }),
            listener: session, log: shared.log.kafka)
    }

    private static let batchRecords = 1_000
    /// Batches that may be out at once.
    private static let batchesOut = 64
    private static let startWaitMs: Int32 = 20
    private static let takeMs: Int32 = 500
    private static let leaveMs = 5_000
}
