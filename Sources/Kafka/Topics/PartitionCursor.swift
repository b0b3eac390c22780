import CRdKafka
package import Lifecycle
import Platform

/// A place in one partition from which records are taken on, in their order.
///
/// Owned by its consumer's thread.
@safe
package final class PartitionCursor {
    package let topic: String
    package let partition: Int32
    /// The next offset that will come, or where reading began; it moves over gaps too.
    package private(set) var position: Int64
    /// Offsets that retention took away between two calls of `take`; whoever reads them away.
    package private(set) var cut: Range<Int64>?
    /// What the last call of `take` brought; faults and ends of the partition among them.
    package let batch = RecordBatch(capacity: recordsAtOnce)

    private unowned let consumer: RangeConsumer
    private let destination: OpaquePointer
    private let queue: OpaquePointer
    private var isOpen = false
    private var isClosed = false
    /// Whether the offset that was to come is gone.
    private var isCutOff = false

    init(
        _ consumer: RangeConsumer, topic: (name: String, handle: OpaquePointer), partition: Int32,
        from offset: Int64
    ) throws(SwerveError) {
        self.consumer = consumer
        self.topic = unsafe topic.name
        unsafe destination = unsafe topic.handle
        self.partition = partition
        position = max(0, offset)
        guard let queue = unsafe rd_kafka_queue_new(consumer.handle.raw) else {
            throw SwerveError(.system, act: "reading \(self.topic)", reason: "no queue")
        }
        unsafe self.queue = queue
        try start()
    }

    private func start() throws(SwerveError) {
        let failed = unsafe rd_kafka_consume_start_queue(destination, partition, position, queue)
        guard failed == 0 else {
            throw consumer.handle.error(
                act, rd_kafka_last_error(), rights: RangeConsumer.rights(of: [topic]))
        }
        isOpen = true
    }

    private func stop() {
        guard isOpen else { return }
        isOpen = false
        batch.release()
        _ = unsafe rd_kafka_consume_stop(destination, partition)
    }

    /// Takes the next records into `batch`, waiting up to `milliseconds` for the first; those of
    /// the call before are gone.
    ///
    /// - Throws: for a refused right, a topic that is gone, a broken handle; what is passing is no
    ///   error, and librdkafka goes on trying.
    package func take(milliseconds: Int32) throws(SwerveError) {
        consumer.owner.assertCurrent()
        batch.release()
        if isCutOff { try beginAnew() }
        let isDevelopment = consumer.isDevelopment
        // librdkafka would wait for the last of many; so the first is asked for alone.
        gather(1, milliseconds)
        if batch.count > 0 { gather(batch.capacity - 1, 0) }
        try consumer.polled(isFull: batch.count == batch.capacity)
        for index in 0..<batch.count {
            if let offset = batch.offset(at: index) {
                if isDevelopment, offset > position { try noteTrimmed(to: offset) }
                position = max(position, offset + 1)
            } else if let end = batch.endOffset(at: index) {
                position = max(position, end)
            } else if let fault = batch.fault(at: index) {
                try judge(fault.fault)
            }
        }
    }

    private func gather(_ count: Int, _ milliseconds: Int32) {
        let gathered = unsafe rd_kafka_consume_batch_queue(
            queue, milliseconds, batch.messages + batch.count, count)
        batch.count += max(0, gathered)
    }

    private func judge(_ fault: KafkaFault) throws(SwerveError) {
        switch fault.meaning {
        case .nothing, .passing: consumer.handle.context.report(fault)
        // Records that came before it are in the batch still.
        case .offsetGone: isCutOff = true
        case .missing, .denied, .fenced, .broken, .final:
            throw fault.error(act, rights: RangeConsumer.rights(of: [topic]))
        }
    }

    /// Goes on where the partition begins now.
    private func beginAnew() throws(SwerveError) {
        isCutOff = false
        stop()
        let kept = try consumer.bounds(of: topic, partition: partition, timeoutMs: Self.boundsMs)
        guard kept.lowerBound > position else {
            throw SwerveError(
                .unavailable, act: act,
                reason: "the partition ends before offset \(position): it was made anew")
        }
        cut = (cut?.lowerBound ?? position)..<kept.lowerBound
        position = kept.lowerBound
        try start()
    }

    /// Goes on where the partition begins now, where that is behind the next offset that was to
    /// come: for who has waited in vain, and may not have been told that it is gone.
    ///
    /// - Returns: whether it was; `cut` tells what is gone then.
    package func passTrimmed() throws(SwerveError) -> Bool {
        consumer.owner.assertCurrent()
        let kept = try consumer.bounds(of: topic, partition: partition, timeoutMs: Self.boundsMs)
        guard kept.lowerBound > position else { return false }
        try beginAnew()
        return true
    }

    /// A development broker drops records without a word to those who read.
    private func noteTrimmed(to next: Int64) throws(SwerveError) {
        let kept = try consumer.bounds(of: topic, partition: partition, timeoutMs: Self.boundsMs)
        guard kept.lowerBound > position else { return }
        cut = (cut?.lowerBound ?? position)..<min(kept.lowerBound, next)
    }

    private var act: String { "reading \(topic) [\(partition)]" }

    /// Ends it; a second call does nothing.
    package func close() {
        consumer.owner.assertCurrent()
        guard !isClosed else { return }
        isClosed = true
        stop()
        unsafe rd_kafka_queue_destroy(queue)
        consumer.closed(self)
    }

    private static let recordsAtOnce = 1_000
    private static let boundsMs: Int32 = 15_000
}

/// What readers away from the hot path copy out of a batch.
extension RecordBatch {
    /// The value of the record at `index`; nil for a tombstone, and where there is no record.
    package func value(at index: Int) -> [UInt8]? {
        guard let bytes = unsafe record(at: index)?.value else { return nil }
        return unsafe Array(bytes)
    }

    /// The key of the record at `index`; nil where it has none, which is not the same as empty.
    package func key(at index: Int) -> [UInt8]? {
        guard let bytes = unsafe record(at: index)?.key else { return nil }
        return unsafe Array(bytes)
    }

    /// The headers of the record at `index` by name, the last of each.
    package func headers(at index: Int) -> [String: String] {
        guard record(at: index) != nil, let message = unsafe messages[index] else { return [:] }
        return unsafe DeadLetter.headers(of: message)
    }

    /// Of the record at `index`; nil where there is none.
    func offset(at index: Int) -> Int64? {
        guard let message = unsafe messages[index],
            unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR
        else { return nil }
        return unsafe message.pointee.offset
    }

    /// Where a partition ends, where that is what stands at `index`.
    func endOffset(at index: Int) -> Int64? {
        guard let message = unsafe messages[index],
            unsafe message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF
        else { return nil }
        return unsafe message.pointee.offset
    }
}
