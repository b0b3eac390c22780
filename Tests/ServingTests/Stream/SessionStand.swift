import Kafka
import Serving

/// A group session of at-least-once delivery with what it stands on, without a broker.
final class SessionStand {
    let shared: WorkerShared
    let producer = FakeProducer()
    let consumer = FakeConsumer()
    let session: GroupSession
    let polled = RecordBatch(capacity: 10)

    init(
        drainMs: Int = WorkerConfiguration.drainMsDefault, batchLimit: Int = 3,
        assignment: WorkerConfiguration.Assignment = .static, partitionCount: Int = 4,
        servedBefore: Int? = nil, catchUpMs: Int = 30_000, log: WorkerLog? = nil
    ) throws {
        shared = try Streams.shared(
            partitionCount: partitionCount, servedBefore: servedBefore, log: log)
        let configuration = Streams.configuration(drainMs: drainMs, assignment: assignment)
        session = GroupSession(
            configuration: configuration, shared: shared, producer: producer,
            faults: StreamFaults(
                configuration: configuration, shared: shared, producer: producer),
            batchLimit: batchLimit, pollWaitMs: 5, catchUpMs: catchUpMs)
        session.begin(with: consumer)
    }

    /// Assigned in a poll, and caught up with at once.
    func assign(_ partitions: [Int32]) {
        consumer.onPoll = { [session] in session.assigned(partitions) }
        producer.onServe = { [shared] in
            if let ticket = shared.gate.pending { shared.gate.answer(ticket) }
        }
        _ = session.poll(into: polled)
        consumer.onPoll = {}
        producer.onServe = {}
    }

    /// Hands a batch of these records over; nothing of it is acknowledged yet.
    @discardableResult
    func handOver(_ records: [(Int32, Int64)]) -> Int {
        let tag = session.tracker.open()
        var count = 0
        for (partition, offset) in records
        where session.tracker.accept(partition: partition, offset: offset) {
            producer.out.append(tag)
            count += 1
        }
        session.tracker.close()
        return count
    }
}
