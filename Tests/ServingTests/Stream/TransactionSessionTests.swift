import Kafka
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// A group session with exactly-once delivery, without a broker.
@Suite("GroupSession with transactions", .blocking)
struct TransactionSessionTests {
    /// A session that has its transactional id, and what it stands on.
    private final class Stand {
        let shared: WorkerShared
        let producer = FakeProducer()
        let consumer = FakeConsumer()
        let transactions = FakeTransactions()
        let session: GroupSession
        private let faults: StreamFaults
        private let runner: TransactionRunner

        init(
            drainMs: Int = WorkerConfiguration.drainMsDefault, records: Int = 2,
            timeoutMs: Int = ProducerTransactions.timeoutMs
        ) throws {
            shared = try Streams.shared()
            var configuration = Streams.configuration(drainMs: drainMs)
            configuration.delivery = .exactlyOnce
            configuration.commit.records = records
            configuration.commit.intervalMs = 5_000
            faults = StreamFaults(
                configuration: configuration, shared: shared, producer: producer)
            runner = TransactionRunner(
                transactions, configuration: configuration, log: shared.log, timeoutMs: timeoutMs)
            session = GroupSession(
                configuration: configuration, shared: shared, producer: producer, faults: faults,
                batchLimit: 8, pollWaitMs: 5, transactions: runner)
            session.begin(with: consumer)
            runner.turn(timeoutMs: 1)
            consumer.beginning = [
                PartitionOffset(partition: 0, offset: 5), PartitionOffset(partition: 1, offset: 3),
            ]
            session.assigned([0, 1])
        }

        /// The turn at hand fails.
        func fail(_ error: SwerveError) { session.failed(error) }

        /// The worker has been at it for some time.
        func renew() {
            if let ticket = shared.gate.pending { shared.gate.answer(ticket) }
            _ = session.poll(into: RecordBatch(capacity: 1))
            session.renewOffsets(at: MonotonicClock.now + 2 * OffsetRenewal.firstNs)
        }

        /// Hands a batch over; its deliveries come as the producer is served.
        func handOver(_ records: [(Int32, Int64)], isWhole: Bool = true) throws {
            let tag = session.tracker.open()
            for (partition, offset) in records
            where session.tracker.accept(partition: partition, offset: offset) {
                producer.out.append(tag)
            }
            try session.handOver(records.count)
            if isWhole { session.closeBatch(tag, polledAt: MonotonicClock.now) }
        }

        func deliverWhenServed() {
            producer.onServe = { [producer] in producer.deliver(1) }
        }

        /// After the transactional id was taken.
        var calls: [FakeTransactions.Call] { Array(transactions.calls.dropFirst()) }

        func fault() { try? faults.lookAtProducer() }
    }

    private func at(_ partition: Int32, _ offset: Int64) -> PartitionOffset {
        PartitionOffset(partition: partition, offset: offset)
    }

    private func restartReason(_ stand: Stand) throws -> String {
        guard case .restart(let error) = try #require(stand.shared.failure) else {
            Issue.record("\(String(describing: stand.shared.failure))")
            return ""
        }
        return error.description
    }

    @Test("a transaction begins with records, and is committed with all their offsets, once due")
    func commits() throws {
        let stand = try Stand()
        try stand.handOver([])
        stand.session.settle()
        #expect(stand.calls.isEmpty)
        try stand.handOver([(0, 10)])
        stand.session.settle()
        #expect(stand.calls == [.begin])
        stand.deliverWhenServed()
        try stand.handOver([(1, 4)])
        stand.session.settle()
        #expect(stand.calls == [.begin, .sendOffsets([at(0, 11), at(1, 5)]), .commit])
        try stand.handOver([(1, 5), (0, 11)])
        stand.session.settle()
        #expect(stand.calls.suffix(3) == [.begin, .sendOffsets([at(1, 6), at(0, 12)]), .commit])
        #expect(stand.consumer.stored.isEmpty && stand.shared.failure == nil)
    }

    @Test("offsets are committed anew within a transaction, below what it holds already")
    func renews() throws {
        let stand = try Stand(records: 1)
        stand.renew()
        #expect(stand.calls == [.begin])
        // Done meanwhile: it counts, and not what was committed before.
        stand.deliverWhenServed()
        try stand.handOver([(0, 7)])
        stand.session.settle()
        #expect(stand.calls == [.begin, .sendOffsets([at(0, 8), at(1, 3)]), .commit])
        #expect(stand.consumer.committedAgain.isEmpty && stand.shared.failure == nil)
    }

    @Test("what a transaction's end found done is not moved back by a later renewal")
    func renewsLater() throws {
        let stand = try Stand(records: 1)
        stand.renew()
        // Done within the end of the transaction alone.
        stand.deliverWhenServed()
        try stand.handOver([(0, 7)])
        stand.session.settle()
        let before = stand.calls.count
        stand.session.renewOffsets(at: MonotonicClock.now + 2 * OffsetRenewal.everyNs)
        stand.session.drain()
        #expect(
            stand.calls.dropFirst(before) == [.begin, .sendOffsets([at(0, 8), at(1, 3)]), .commit])
    }

    @Test("deliveries that come while the cause of a failed one is looked for do no harm")
    func causeServes() throws {
        let stand = try Stand(records: 100, timeoutMs: 0)
        try stand.handOver([(0, 0), (0, 1)])
        stand.producer.deliver(1, failure: "fenced")
        // The transaction outlived its time: the group is asked, and the producer served meanwhile.
        stand.producer.faults = [KafkaFault(meaning: .fenced, text: "as told")]
        stand.consumer.standings = [
            .unknown(SwerveError(.unavailable, act: "asking", reason: "later")),
            .replaced("another"),
        ]
        stand.deliverWhenServed()
        stand.session.settle()
        guard case .superseded = stand.shared.failure else {
            Issue.record("\(String(describing: stand.shared.failure))")
            return
        }
        #expect(stand.consumer.standings.isEmpty && stand.producer.out.isEmpty)
    }

    @Test("without any record, offsets that are committed anew are a transaction of their own")
    func renewsIdle() throws {
        let stand = try Stand()
        stand.renew()
        stand.session.drain()
        #expect(stand.calls == [.begin, .sendOffsets([at(0, 5), at(1, 3)]), .commit])
        #expect(stand.shared.failure == nil)
    }

    @Test("what is passing is asked again by the same call, until it is done")
    func passing() throws {
        let stand = try Stand()
        let later = TransactionAnswer.passing(
            SwerveError(.unavailable, act: "asking", reason: "later"))
        stand.transactions.answers = [.sendOffsets: [later], .commit: [later, later]]
        stand.deliverWhenServed()
        try stand.handOver([(0, 0), (0, 1)])
        stand.session.settle()
        let offered = FakeTransactions.Call.sendOffsets([at(0, 2)])
        #expect(stand.calls == [.begin, offered, offered, .commit, .commit, .commit])
        #expect(stand.shared.failure == nil)
    }

    @Test("a revocation commits before the partitions go, whether it is due or not")
    func revocation() throws {
        let stand = try Stand(records: 100)
        try stand.handOver([(0, 0)])
        stand.session.settle()
        stand.producer.onServe = { [producer = stand.producer, session = stand.session] in
            #expect(session.standing != .outside)
            producer.deliver()
        }
        stand.session.revoking([0, 1])
        #expect(stand.calls == [.begin, .sendOffsets([at(0, 1)]), .commit])
        #expect(stand.session.standing == .outside && stand.shared.failure == nil)
    }

    @Test("a revocation that runs out of time takes everything back, and the worker starts again")
    func revocationOutOfTime() throws {
        let stand = try Stand(drainMs: 0, records: 100)
        try stand.handOver([(0, 0)])
        stand.session.revoking([0, 1])
        #expect(stand.calls == [.begin, .abort])
        #expect(try restartReason(stand).contains("scored again"))
    }

    @Test("a stop commits what is out; out of time it takes it back, and is a stop all the same")
    func stops() throws {
        let stand = try Stand(records: 100)
        try stand.handOver([(0, 0)])
        stand.shared.signals.stop()
        stand.deliverWhenServed()
        stand.session.drain()
        #expect(stand.calls == [.begin, .sendOffsets([at(0, 1)]), .commit])

        let late = try Stand(drainMs: 0, records: 100)
        try late.handOver([(0, 0)])
        late.shared.signals.stop()
        late.session.drain()
        #expect(late.calls == [.begin, .abort])
        #expect(late.shared.failure == nil)
    }

    @Test("a failed delivery, a lost assignment, half a batch: each takes the transaction back")
    func aborts() throws {
        for place in 0..<3 {
            let stand = try Stand(records: 100)
            try stand.handOver([(0, 0)], isWhole: place != 2)
            switch place {
            case 0:
                stand.producer.deliver(failure: "message too large")
                stand.session.settle()
                stand.session.drain()
            case 1: stand.session.lost([0, 1])
            default: stand.session.revoking([0, 1])
            }
            #expect(stand.calls == [.begin, .abort], "\(place)")
            let words = ["message too large", "the assignment was lost", "not all of a batch"]
            #expect(try restartReason(stand).contains(words[place]))
            #expect(throws: SwerveError.self) { try stand.handOver([(1, 0)]) }
        }
    }

    @Test("offsets that are refused take the transaction back, and the worker starts again")
    func refusedOffsets() throws {
        let stand = try Stand()
        stand.transactions.answers[.sendOffsets] = [
            .needsAbort(SwerveError(.unavailable, act: "adding offsets", reason: "old generation"))
        ]
        stand.deliverWhenServed()
        try stand.handOver([(0, 0), (0, 1)])
        stand.session.settle()
        #expect(stand.calls == [.begin, .sendOffsets([at(0, 2)]), .abort])
        #expect(try restartReason(stand).contains("old generation"))
    }

    @Test("whoever is fenced gives its slot up: by a call, and by what its handle tells")
    func fenced() throws {
        for isCall in [true, false] {
            let stand = try Stand(records: isCall ? 1 : 100)
            stand.transactions.answers[.commit] = [.fenced("another has it")]
            stand.deliverWhenServed()
            try stand.handOver([(0, 0)])
            stand.producer.faults = isCall ? [] : [KafkaFault(meaning: .fenced, text: "as told")]
            if isCall { stand.session.settle() } else { stand.fault() }
            guard case .superseded(let words) = stand.shared.failure else {
                Issue.record("\(String(describing: stand.shared.failure))")
                continue
            }
            #expect(words.contains("slot g/2 is taken by another process"), "\(words)")
        }
    }

    @Test("what follows from a fence does not hide it: dropped records, failed turns")
    func fencedBehindOthers() throws {
        let broken = KafkaFault(meaning: .broken, text: "a state")
        for place in 0..<4 {
            let stand = try Stand(records: 100)
            stand.transactions.answers[.abort] = [.fenced("another has it")]
            try stand.handOver([(0, 0)])
            switch place {
            case 0:
                stand.producer.deliver(failure: "Purged in queue")
                stand.session.settle()
            case 1: stand.fail(SwerveError(.system, act: "producing", reason: "a state"))
            case 2:
                stand.producer.faults = [broken, KafkaFault(meaning: .fenced, text: "as told")]
                stand.fault()
            default:
                stand.producer.faults = [broken]
                stand.producer.fatalFault = KafkaFault(meaning: .fenced, text: "as told")
                stand.fault()
            }
            guard case .superseded = stand.shared.failure else {
                Issue.record("\(place): \(String(describing: stand.shared.failure))")
                continue
            }
        }
    }

    @Test("a missing right is refused, and no failed delivery, with a transaction as well")
    func missingRight() throws {
        let stand = try Stand(records: 100)
        try stand.handOver([(0, 0)])
        stand.producer.faults = [KafkaFault(meaning: .denied(.topic), text: "as told")]
        stand.producer.deliver(failure: "Topic authorization failed")
        stand.session.settle()
        #expect(stand.calls == [.begin, .abort])
        guard case .refused = stand.shared.failure else {
            Issue.record("\(String(describing: stand.shared.failure))")
            return
        }
    }
}

/// The window of what is not committed, in a session with at-least-once delivery.
@Suite("GroupSession with its window", .blocking)
struct WindowSessionTests {
    private struct Stand {
        let shared: WorkerShared
        let producer = FakeProducer()
        let consumer = FakeConsumer()
        let session: GroupSession
        private let faults: StreamFaults
        let polled = RecordBatch(capacity: 10)

        init(_ change: (inout CommitSettings) -> Void) throws {
            shared = try Streams.shared()
            var configuration = Streams.configuration()
            configuration.commit.uncommittedMs = 600_000
            change(&configuration.commit)
            faults = StreamFaults(
                configuration: configuration, shared: shared, producer: producer)
            session = GroupSession(
                configuration: configuration, shared: shared, producer: producer, faults: faults,
                batchLimit: 8, pollWaitMs: 5)
            session.begin(with: consumer)
            consumer.onPoll = { [session] in session.assigned([0]) }
            producer.onServe = { [shared] in
                if let ticket = shared.gate.pending { shared.gate.answer(ticket) }
            }
            _ = session.poll(into: polled)
            consumer.onPoll = {}
            producer.onServe = {}
        }

        func handOver(_ offsets: Range<Int64>) {
            let tag = session.tracker.open()
            for offset in offsets where session.tracker.accept(partition: 0, offset: offset) {
                producer.out.append(tag)
            }
            session.closeBatch(tag, polledAt: MonotonicClock.now)
            producer.deliver()
            session.settle()
        }

        func commit(to offset: Int64) {
            session.committed(
                [PartitionOffset(partition: 0, offset: offset)], isOfOldGeneration: false)
        }
    }

    @Test("nothing is polled beyond the bound: a commit is asked for, and its answer makes room")
    func bound() throws {
        let stand = try Stand { $0.uncommittedRecords = 5 }
        stand.handOver(0..<3)
        #expect(stand.session.poll(into: stand.polled))
        #expect(stand.consumer.limits.last == 2)
        stand.handOver(3..<5)
        let count = stand.consumer.waits.count
        #expect(!stand.session.poll(into: stand.polled))
        #expect(!stand.session.poll(into: stand.polled))
        #expect(stand.consumer.waits.count == count && stand.consumer.commitCount == 1)
        stand.commit(to: 3)
        stand.commit(to: 5)
        #expect(stand.session.poll(into: stand.polled))
        #expect(stand.consumer.limits.last == 5)
    }

    @Test("with commit: sync the next poll waits for the answer, whatever room there is")
    func sync() throws {
        let stand = try Stand {
            $0.isSync = true
            $0.records = 2
        }
        stand.handOver(0..<1)
        #expect(stand.session.poll(into: stand.polled))
        stand.handOver(1..<2)
        stand.consumer.onServeCommits = {}
        #expect(!stand.session.poll(into: stand.polled))
        #expect(stand.consumer.commitCount == 1)
        stand.commit(to: 2)
        #expect(stand.session.poll(into: stand.polled))
    }

    @Test("without a bound in reach no commit is asked for beside those in the background")
    func background() throws {
        let stand = try Stand { $0.records = 1_000 }
        for batch in 0..<10 as Range<Int64> {
            stand.handOver(batch * 5..<batch * 5 + 5)
            #expect(stand.session.poll(into: stand.polled))
        }
        #expect(stand.consumer.commitCount == 0)
    }
}
