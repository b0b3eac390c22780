import Kafka
import Lifecycle
import Platform
import Serving
import TestSupport
import Testing

/// Turns of the poll thread with a helper, over records of a broker.
@Suite("ScoringPipeline", .blocking)
struct ScoringPipelineTests {
    private func at(_ offset: Int64) -> PartitionOffset {
        PartitionOffset(partition: 0, offset: offset)
    }

    private func range(_ first: Int64, _ last: Int64) -> WorkerJournal.Batch {
        WorkerJournal.Batch(
            ranges: [OffsetRange(partition: 0, first: first, last: last)], isSingle: false)
    }

    /// The offsets of requests, of which every tenth record is none.
    private func requests(_ offsets: Range<Int>) -> [Int] { offsets.filter { $0 % 10 != 9 } }

    @Test("a flight is handed over while the one behind it is scored, and in the journal till then")
    func order() throws {
        let stand = try PipelineStand(records: 400)
        stand.acknowledgeWhenServed()
        try stand.turn(100)
        #expect(stand.handedOver == 0)
        #expect(try stand.journal() == range(0, 99))
        try stand.turn(200)
        #expect(stand.handedOver == 100)
        #expect(try stand.journal() == range(100, 299))
        #expect(stand.consumer.stored == [[at(100)]])
        try stand.turn(100)
        #expect(stand.handedOver == 300)
        // Nothing waits behind it any more.
        try stand.turn(0)
        #expect(stand.handedOver == 400)
        #expect(try stand.journal() == nil)
        #expect(try stand.predictions().map(\.offset) == requests(0..<400))
        #expect(stand.producer.deadLetters.count == 40)
        #expect(stand.consumer.stored.last == [at(400)])
        #expect(stand.session.tracker.isIdle)
        let report = stand.shared.board.report()
        #expect(report.records == 400 && report.deadLetters == 40)
    }

    @Test("what is not worth dividing is handed over in the same turn, behind what is at work")
    func atOnce() throws {
        let stand = try PipelineStand(records: 110)
        try stand.turn(5)
        #expect(stand.handedOver == 5)
        try stand.turn(100)
        #expect(stand.handedOver == 5)
        try stand.turn(5)
        #expect(stand.handedOver == 110)
        #expect(try stand.predictions().map(\.offset) == requests(0..<110))
    }

    @Test("with one thread, each turn hands over what it polled")
    func alone() throws {
        let stand = try PipelineStand(records: 100, threads: 1)
        try stand.turn(100)
        #expect(stand.handedOver == 100)
        #expect(try stand.journal() == nil)
    }

    @Test("before another set is taken up, what is at work is handed over by the one before")
    func swap() throws {
        let stand = try PipelineStand(records: 300)
        try stand.turn(100)
        try stand.serve(Streams.constant(2, score: 2), epoch: 2)
        try stand.turn(200)
        #expect(stand.handedOver == 100)
        #expect(stand.shared.slot.takenEpoch == 2)
        #expect(stand.shared.slot.load()?.progress.boundaries[0] == 100)
        try stand.turn(0)
        let epochs = try stand.predictions()
        #expect(epochs.map(\.offset) == requests(0..<300))
        #expect(epochs.allSatisfy { $0.epoch == ($0.offset < 100 ? 1 : 2) })
        let versions = stand.shared.board.report().byVersion
        #expect(versions == [1: 90, 2: 180])
    }

    @Test("with a shadow, each turn hands over and compares what it polled")
    func shadow() throws {
        let stand = try PipelineStand(records: 200)
        try stand.serve(
            Streams.constant(2, score: 2), candidate: Streams.constant(3, score: 3), mode: .shadow,
            epoch: 2)
        try stand.turn(100)
        #expect(stand.handedOver == 100)
        try stand.turn(100)
        #expect(stand.handedOver == 200)
        #expect(try stand.journal() == nil)
    }

    @Test("at a revocation the flight at work is handed over, acknowledged and stored")
    func revoked() throws {
        let stand = try PipelineStand(records: 100)
        try stand.turn(100)
        stand.acknowledgeWhenServed()
        try stand.turn(0) { stand.session.revoking([0]) }
        #expect(stand.handedOver == 100)
        #expect(stand.consumer.stored == [[at(100)]])
        #expect(stand.session.standing == .outside && stand.session.tracker.isIdle)
    }

    @Test("where the assignment is lost, nothing of the flight at work counts, and others go on")
    func lost() throws {
        let stand = try PipelineStand(records: 200)
        try stand.turn(100)
        stand.acknowledgeWhenServed()
        try stand.turn(0) { stand.session.lost([0]) }
        #expect(stand.handedOver == 0)
        #expect(stand.consumer.stored.isEmpty && stand.session.tracker.isIdle)
        #expect(try stand.journal() == nil)
        // The partition comes again, from where it was; the source goes on behind.
        stand.producer.onServe = {
            stand.producer.deliver()
            if let ticket = stand.shared.gate.pending { stand.shared.gate.answer(ticket) }
        }
        try stand.turn(100) { stand.session.assigned([0]) }
        try stand.turn(0)
        #expect(try stand.predictions().map(\.offset) == requests(100..<200))
        #expect(stand.consumer.stored == [[at(200)]])
    }

    @Test("what is at work does not wait with partitions that come until the gate opens")
    func gate() throws {
        let stand = try PipelineStand(records: 200)
        try stand.turn(100)
        var handedOver = -1
        stand.producer.onServe = {
            guard let ticket = stand.shared.gate.pending else { return }
            handedOver = stand.handedOver
            stand.shared.gate.answer(ticket)
        }
        try stand.turn(100) { stand.session.added([1]) }
        #expect(handedOver == 100)
        try stand.turn(0)
        #expect(stand.handedOver == 200)
    }

    @Test("what the producer refuses ends the turn: no offset of it is stored, nor one behind it")
    func refused() throws {
        let stand = try PipelineStand(records: 300)
        stand.acknowledgeWhenServed()
        try stand.turn(100)
        try stand.turn(100)
        #expect(stand.consumer.stored == [[at(100)]])
        stand.producer.refusal = SwerveError(.refused, act: "producing", reason: "no")
        #expect(throws: SwerveError.self) { try stand.turn(100) }
        stand.producer.refusal = nil
        stand.pipeline.release()
        stand.session.revoking([0])
        #expect(stand.consumer.stored == [[at(100)]])
        #expect(try stand.journal() == nil)
    }

    @Test("what is refused inside a revocation ends the turn behind it")
    func refusedInside() throws {
        let stand = try PipelineStand(records: 100)
        try stand.turn(100)
        stand.acknowledgeWhenServed()
        stand.producer.refusal = SwerveError(.refused, act: "producing", reason: "no")
        #expect(throws: SwerveError.self) {
            try stand.turn(0) { stand.session.revoking([0]) }
        }
        #expect(stand.consumer.stored.isEmpty)
    }

    @Test("after the last turn what is at work is handed over; where the worker failed, it is not")
    func finish() throws {
        let stopped = try PipelineStand(records: 100)
        try stopped.turn(100)
        stopped.shared.signals.stop()
        try stopped.pipeline.finish()
        #expect(stopped.handedOver == 100)
        stopped.acknowledgeWhenServed()
        stopped.session.drain()
        #expect(stopped.consumer.stored == [[at(100)]])

        let failed = try PipelineStand(records: 100)
        try failed.turn(100)
        failed.shared.fail(.superseded("by another process"))
        try failed.pipeline.finish()
        failed.session.drain()
        #expect(failed.handedOver == 0)
        #expect(failed.consumer.stored.isEmpty && failed.session.tracker.isIdle)
    }

    @Test("records at work take room in the window of what is not committed")
    func window() throws {
        let stand = try PipelineStand(records: 100) { $0.commit.uncommittedRecords = 150 }
        try stand.turn(100)
        let first = try #require(stand.consumer.limits.last)
        try stand.turn(0)
        #expect(stand.consumer.limits.last == first - 100)
        try stand.turn(0)
        #expect(stand.consumer.limits.last == first - 100)
    }

    @Test("a tracker that only the flight at work fills is no reason to wait for ever")
    func fullTracker() throws {
        let stand = try PipelineStand(records: 200, batchLimit: 1)
        stand.acknowledgeWhenServed()
        try stand.turn(100)
        try stand.turn(100)
        #expect(stand.handedOver == 100)
        try stand.turn(0)
        #expect(stand.handedOver == 200 && stand.consumer.stored.last == [at(200)])
    }

    @Test("records that workers died of are scored by themselves, behind what is at work")
    func suspects() throws {
        let stand = try PipelineStand(records: 300) {
            $0.suspects = SuspectRecords(
                ranges: [OffsetRange(partition: 0, first: 120, last: 121)],
                killers: [RecordPlace(partition: 0, offset: 130)])
        }
        stand.acknowledgeWhenServed()
        try stand.turn(100)
        #expect(stand.handedOver == 100)
        try stand.turn(100)
        #expect(stand.handedOver == 200)
        #expect(stand.producer.deadLetters.filter { $0.code == "crashed_worker" }.count == 1)
        // They are behind.
        try stand.turn(50)
        try stand.turn(50)
        #expect(stand.handedOver == 250)
        try stand.turn(0)
        #expect(try stand.predictions().map(\.offset) == requests(0..<300).filter { $0 != 130 })
    }
}

/// The same with exactly-once delivery.
@Suite("ScoringPipeline with transactions", .blocking)
struct TransactionPipelineTests {
    @Test("a transaction begins as a flight is handed over, and ends with the one at work in it")
    func transaction() throws {
        let stand = try PipelineStand(records: 300, isTransactional: true) {
            $0.commit.records = 150
        }
        stand.acknowledgeWhenServed()
        try stand.turn(100)
        #expect(stand.transactions.calls == [.take])
        try stand.turn(100)
        #expect(stand.transactions.calls == [.take, .begin])
        // 100 records belong to it, then 200: it is due, and what is at work becomes part of it.
        try stand.turn(100)
        #expect(stand.handedOver == 300)
        #expect(
            stand.transactions.calls == [
                .take, .begin, .sendOffsets([PartitionOffset(partition: 0, offset: 300)]), .commit,
            ])
        #expect(stand.shared.failure == nil && stand.session.tracker.isIdle)
    }

    @Test("at a revocation the flight at work is committed")
    func revoked() throws {
        let stand = try PipelineStand(records: 100, isTransactional: true)
        stand.acknowledgeWhenServed()
        try stand.turn(100)
        try stand.turn(0) { stand.session.revoking([0]) }
        #expect(
            stand.transactions.calls == [
                .take, .begin, .sendOffsets([PartitionOffset(partition: 0, offset: 100)]), .commit,
            ])
        #expect(stand.shared.failure == nil)
    }

    @Test("where the assignment is lost, the transaction is taken back without the flight at work")
    func lost() throws {
        let stand = try PipelineStand(records: 200, isTransactional: true)
        stand.acknowledgeWhenServed()
        try stand.turn(100)
        try stand.turn(100)
        try stand.turn(0) { stand.session.lost([0]) }
        #expect(stand.handedOver == 100)
        #expect(stand.transactions.calls == [.take, .begin, .abort])
        #expect(stand.shared.failure != nil)
    }

    @Test("a delivery that fails takes the transaction back, and nothing more is handed over")
    func failedDelivery() throws {
        let stand = try PipelineStand(records: 200, isTransactional: true)
        try stand.turn(100)
        stand.producer.onServe = { stand.producer.deliver(failure: "no") }
        try stand.turn(100)
        #expect(stand.handedOver == 100)
        #expect(stand.transactions.calls == [.take, .begin, .abort])
        #expect(stand.shared.failure != nil)
        try stand.pipeline.finish()
        #expect(stand.handedOver == 100)
    }
}
