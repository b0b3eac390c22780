import Kafka
import Lifecycle
import Serving
import TestSupport
import Testing

/// Membership as events in and offsets out, without a broker.
@Suite("GroupSession", .blocking)
struct GroupSessionTests {
    private func at(_ partition: Int32, _ offset: Int64) -> PartitionOffset {
        PartitionOffset(partition: partition, offset: offset)
    }

    @Test("a full queue is waited for until a stop's time is over")
    func mayWait() throws {
        for drainMs in [0, 600_000] {
            let stand = try SessionStand(drainMs: drainMs)
            #expect(stand.session.mayWait)
            stand.shared.signals.stop()
            #expect(stand.session.mayWait == (drainMs > 0))
        }
    }

    // MARK: - Catching up

    @Test("without an assignment a poll goes by, and no partition is its own")
    func outside() throws {
        let stand = try SessionStand()
        #expect(stand.session.poll(into: stand.polled))
        #expect(stand.session.standing == .outside)
        #expect(stand.consumer.waits == [5])
        #expect(stand.handOver([(0, 0), (1, 5)]) == 0)
    }

    @Test("a slot for which no partition is left says so, and goes on")
    func noneLeft() throws {
        let log = KeptLog()
        let stand = try SessionStand(log: log.log)
        stand.assign([])
        #expect(stand.session.standing == .scoring)
        #expect(
            log.all == [
                "warning: no partition of in is left for this slot: the topic has 4, and "
                    + "slots.total is 4; it takes over when another slot leaves"
            ])
        stand.assign([2])
        #expect(log.all.last == "info: partitions 2")
    }

    @Test("the generation that gave the partitions is told with them, and stays as they are taken")
    func generation() throws {
        let stand = try SessionStand()
        #expect(stand.shared.board.report().generation == nil)
        stand.consumer.generation = 7
        stand.assign([1, 3])
        #expect(stand.shared.board.report().generation == 7)
        stand.consumer.generation = 8
        stand.session.revoking([1, 3])
        let between = stand.shared.board.report()
        #expect(between.generation == 7 && between.partitions.isEmpty)
        stand.assign([])
        #expect(stand.shared.board.report().generation == 8)
    }

    @Test("after an assignment a poll waits until the control thread has caught up")
    func catchesUp() throws {
        let stand = try SessionStand()
        stand.consumer.onPoll = { [session = stand.session] in session.assigned([1, 3]) }
        stand.producer.onServe = { [shared = stand.shared, producer = stand.producer] in
            #expect(shared.gate.waiting == 1)
            if producer.servedCount == 3 { shared.gate.answer(1) }
        }
        #expect(stand.session.poll(into: stand.polled))
        #expect(stand.producer.servedCount == 3)
        #expect(stand.session.standing == .scoring)
        let board = stand.shared.board.report()
        #expect(board.partitions == [1, 3])
        #expect(board.assignments == 1)
        #expect(stand.handOver([(0, 0), (1, 5), (3, 9)]) == 2)
    }

    @Test("a control topic that is not read in time ends the worker: its group must not wait")
    func catchesUpNever() throws {
        let stand = try SessionStand(catchUpMs: 0)
        stand.consumer.onPoll = { [session = stand.session] in session.assigned([1, 3]) }
        #expect(!stand.session.poll(into: stand.polled))
        guard case .restart(let error) = stand.shared.failure else {
            Issue.record("\(String(describing: stand.shared.failure))")
            return
        }
        #expect(error.isRetryable && error.description.contains("control"), "\(error)")
    }

    @Test("an assignment behind another one waits for its own answer")
    func catchesUpAnew() throws {
        let stand = try SessionStand()
        stand.consumer.onPoll = { [session = stand.session] in
            session.assigned([0])
            session.revoking([0])
            session.assigned([0, 1])
        }
        stand.producer.onServe = { [shared = stand.shared, session = stand.session] in
            // The first answer is not the second ticket's.
            #expect(session.standing == .catchingUp(ticket: 2))
            shared.gate.answer(shared.gate.isOpen(for: 1) ? 2 : 1)
        }
        #expect(stand.session.poll(into: stand.polled))
        #expect(stand.producer.servedCount == 2)
        #expect(stand.shared.board.report().assignments == 2)
    }

    @Test("a stop ends the wait, and nothing of what was polled may be scored")
    func stopWhileCatchingUp() throws {
        let stand = try SessionStand()
        stand.consumer.onPoll = { [session = stand.session] in session.assigned([0]) }
        stand.producer.onServe = { [shared = stand.shared] in shared.signals.stop() }
        #expect(!stand.session.poll(into: stand.polled))
        #expect(stand.session.standing == .catchingUp(ticket: 1))
    }

    @Test("the longest time between two polls is told; what joining took is none")
    func pollGap() throws {
        let stand = try SessionStand()
        stand.assign([0])
        _ = stand.session.poll(into: stand.polled)
        // The poll with the first assignment and the one behind it are no gap.
        #expect(stand.shared.board.report().pollGapNs == 0)
        _ = stand.session.poll(into: stand.polled)
        let longest = stand.shared.board.report().pollGapMaxNs
        #expect(longest > 0)
        stand.assign([0, 1])
        _ = stand.session.poll(into: stand.polled)
        let board = stand.shared.board.report()
        #expect(board.pollGapNs > 0 && board.pollGapMaxNs >= longest)
    }

    // MARK: - Settling

    @Test("what is acknowledged is stored at the next settling, in order, and once")
    func settles() throws {
        let stand = try SessionStand()
        stand.assign([0, 1])
        stand.handOver([(0, 10), (1, 4), (0, 11)])
        stand.handOver([(1, 5)])
        stand.session.settle()
        stand.producer.deliver(3)
        stand.session.settle()
        stand.producer.deliver()
        stand.session.settle()
        stand.session.settle()
        #expect(stand.consumer.stored == [[at(0, 12), at(1, 5)], [at(1, 6)]])
    }

    @Test("with as many batches out as may be, a poll waits for deliveries and stores them first")
    func makesRoom() throws {
        let stand = try SessionStand(batchLimit: 2)
        stand.assign([0])
        stand.handOver([(0, 0)])
        stand.handOver([(0, 1)])
        stand.producer.onServe = { [producer = stand.producer] in producer.deliver(1) }
        #expect(stand.session.poll(into: stand.polled))
        #expect(stand.consumer.stored == [[at(0, 1)]])
        #expect(stand.consumer.waits.count == 2)
    }

    @Test("a stop ends the wait for room without a poll")
    func stopWithoutRoom() throws {
        let stand = try SessionStand(batchLimit: 1)
        stand.assign([0])
        stand.handOver([(0, 0)])
        stand.producer.onServe = { [shared = stand.shared] in shared.signals.stop() }
        #expect(!stand.session.poll(into: stand.polled))
        #expect(stand.consumer.waits.count == 1)
    }

    @Test("a failed delivery ends the worker, and nothing behind it is stored")
    func failedDelivery() throws {
        let stand = try SessionStand()
        stand.assign([0])
        stand.handOver([(0, 0)])
        stand.handOver([(0, 1)])
        stand.producer.deliver(1, failure: "message too large")
        stand.producer.deliver()
        stand.session.settle()
        #expect(stand.consumer.stored.isEmpty)
        guard case .restart(let error) = stand.shared.failure else {
            Issue.record("\(String(describing: stand.shared.failure))")
            return
        }
        #expect(error.description.contains("producing to out"), "\(error)")
        #expect(error.description.contains("message too large"), "\(error)")
    }

    @Test("a delivery that failed for a missing right is told as that, and not begun again")
    func deniedDelivery() throws {
        let stand = try SessionStand()
        stand.assign([0])
        stand.handOver([(0, 0)])
        stand.producer.faults = [
            KafkaFault(meaning: .denied(.topic), text: "out: not authorised")
        ]
        stand.producer.deliver(1, failure: "not authorised")
        stand.session.settle()
        guard case .refused(let error) = stand.shared.failure else {
            Issue.record("\(String(describing: stand.shared.failure))")
            return
        }
        #expect(error.description.contains("Write"), "\(error)")
    }

    // MARK: - Leaving

    @Test("a revocation finishes what is out and stores it before the partitions go")
    func revocation() throws {
        let stand = try SessionStand()
        stand.assign([0, 1])
        stand.handOver([(0, 0), (1, 7)])
        stand.handOver([(0, 1)])
        stand.producer.onServe = {
            [producer = stand.producer, consumer = stand.consumer, session = stand.session] in
            #expect(consumer.stored.isEmpty)
            #expect(session.standing == .scoring)
            producer.deliver(1)
        }
        let served = stand.producer.servedCount
        stand.consumer.onPoll = { [session = stand.session] in session.revoking([0, 1]) }
        #expect(stand.session.poll(into: stand.polled))
        #expect(stand.producer.servedCount == served + 3)
        #expect(stand.consumer.stored == [[at(0, 2), at(1, 8)]])
        #expect(stand.session.standing == .outside)
        #expect(stand.shared.board.report().partitions.isEmpty)
        #expect(stand.handOver([(0, 2)]) == 0)
    }

    @Test("what a revocation had no time for is never stored, also when it comes later")
    func revocationOutOfTime() throws {
        let stand = try SessionStand(drainMs: 0)
        stand.assign([0])
        stand.handOver([(0, 0)])
        stand.session.revoking([0])
        stand.assign([0])
        stand.producer.deliver()
        stand.session.settle()
        #expect(stand.consumer.stored.isEmpty)
        #expect(stand.session.tracker.isIdle)
    }

    @Test("a revocation waits for no batch that was not handed over whole, and stores none of it")
    func revocationBehindAnError() throws {
        let stand = try SessionStand()
        stand.assign([0])
        stand.handOver([(0, 0)])
        _ = stand.session.tracker.open()
        let isAccepted = stand.session.tracker.accept(partition: 0, offset: 1)
        #expect(isAccepted)
        stand.producer.onServe = { [producer = stand.producer] in producer.deliver() }
        let served = stand.producer.servedCount
        stand.session.revoking([0])
        #expect(stand.producer.servedCount == served + 1)
        #expect(stand.consumer.stored == [[at(0, 1)]])
    }

    @Test("a lost assignment waits for nothing and stores nothing")
    func lost() throws {
        let stand = try SessionStand()
        stand.assign([0])
        stand.handOver([(0, 0)])
        stand.producer.deliver()
        let served = stand.producer.servedCount
        stand.session.lost([0])
        stand.session.settle()
        #expect(stand.producer.servedCount == served)
        #expect(stand.consumer.stored.isEmpty)
        #expect(stand.session.standing == .outside)
    }

    @Test("a stop finishes what is out and stores it")
    func drains() throws {
        let stand = try SessionStand()
        stand.assign([0])
        stand.handOver([(0, 0), (0, 1)])
        stand.shared.signals.stop()
        stand.producer.onServe = { [producer = stand.producer] in producer.deliver(1) }
        stand.session.drain()
        #expect(stand.consumer.stored == [[at(0, 2)]])
        #expect(stand.session.tracker.isIdle)
    }

    @Test("what was left undone is told in one line, behind the close")
    func ends() throws {
        let log = KeptLog()
        let stand = try SessionStand(drainMs: 0, log: log.log)
        stand.assign([0])
        let before = log.all.count
        stand.session.tellEnd(isHeard: true)
        stand.handOver([(0, 0), (0, 1)])
        stand.shared.signals.stop()
        stand.session.drain()
        stand.session.tellEnd(isHeard: true)
        stand.session.tellEnd(isHeard: false)
        #expect(
            log.all.dropFirst(before) == [
                "warning: 2 predictions were not acknowledged within 0 ms; their requests are "
                    + "scored again",
                "warning: ending without the brokers, which do not answer: 2 predictions were not "
                    + "acknowledged, and what is not committed is scored again",
            ])
    }

    @Test("a goodbye has what is left of a stop's time, a moment at least, and none behind silence")
    func parting() throws {
        let stand = try SessionStand()
        let shared = stand.shared
        #expect(shared.partingMs(atMost: 5_000, drainMs: 600_000) == 5_000)
        shared.log.kafka(.allDown, "away")
        #expect(shared.partingMs(atMost: 5_000, drainMs: 600_000) == 500)
        shared.log.kafka(.answered, "")
        #expect(shared.partingMs(atMost: 5_000, drainMs: 600_000) == 5_000)
        // Long ago.
        shared.signals.stop(at: 1)
        #expect(shared.partingMs(atMost: 5_000, drainMs: 10) == 500)
        shared.signals.stop()
        #expect(shared.partingMs(atMost: 5_000, drainMs: 10) == 500, "the first one counts")
        shared.signals.noteUnheard()
        #expect(shared.partingMs(atMost: 5_000, drainMs: 10) == nil)
    }

    // MARK: - Any order of events

    /// Events in any order, against the plainest account of what they mean.
    @Test(
        "no offset is stored before its delivery, twice, or for another generation",
        arguments: 0..<60)
    func anyOrder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let stand = try SessionStand(drainMs: 0, batchLimit: 4)
        /// By partition: the next offset to read, as the broker has it.
        var next: [Int64] = [0, 0, 0, 0]
        var storedTo: [Int64] = [0, 0, 0, 0]
        var own: Set<Int32> = []
        /// Handed over in this generation and not acknowledged, in the order of `producer.out`.
        var owed: [(partition: Int32, offset: Int64, isCurrent: Bool)] = []
        var seen = 0
        for _ in 0..<300 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                let partitions = (0..<4).filter { _ in Bool.random(using: &random) }
                if !own.isEmpty { stand.session.lost(Array(own)) }
                for index in owed.indices { owed[index].isCurrent = false }
                own = Set(partitions.map(Int32.init))
                stand.session.assigned(own.sorted())
                // A new owner reads on from what was stored.
                for partition in own { next[Int(partition)] = storedTo[Int(partition)] }
            case 1:
                guard !own.isEmpty else { continue }
                // Without time for what is out, what is done already is stored.
                stand.session.revoking(Array(own))
                for index in owed.indices { owed[index].isCurrent = false }
                own = []
            case 2..<6:
                guard !stand.session.tracker.isFull else { continue }
                let records = (0..<Int.random(in: 0..<5, using: &random)).map {
                    _ -> (Int32, Int64) in
                    let partition = Int.random(in: 0..<4, using: &random)
                    defer { next[partition] += 1 }
                    return (Int32(partition), next[partition])
                }
                let accepted = stand.handOver(records)
                let taken = records.filter { own.contains($0.0) }
                #expect(accepted == taken.count)
                owed += taken.map { ($0.0, $0.1, true) }
            default:
                let count = min(owed.count, Int.random(in: 1..<6, using: &random))
                stand.producer.deliver(count)
                owed.removeFirst(count)
            }
            stand.session.settle()
            for position in stand.consumer.stored[seen...].joined() {
                let partition = Int(position.partition)
                #expect(position.offset > storedTo[partition])
                storedTo[partition] = position.offset
            }
            seen = stand.consumer.stored.count
            for record in owed where record.isCurrent {
                #expect(record.offset >= storedTo[Int(record.partition)])
            }
        }
        #expect(seen > 0)
        #expect(stand.shared.failure == nil)
    }
}
