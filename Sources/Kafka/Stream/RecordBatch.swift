import CRdKafka

/// The records of one poll, or such as were kept from earlier ones; one is made per poll thread and
/// used over and over.
@safe
package final class RecordBatch {
    package let capacity: Int
    package internal(set) var count = 0
    /// librdkafka leaves behind `count` what it has taken back: pointers to nothing.
    ///
    /// All nil in a batch of kept records.
    let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    /// The records of a batch that no poll fills.
    private var kept: [KeptRecord] = []

    package init(capacity: Int) {
        self.capacity = capacity
        unsafe messages = .allocate(capacity: capacity)
        unsafe messages.initialize(repeating: nil, count: capacity)
    }

    deinit {
        release()
        unsafe messages.deallocate()
    }

    /// Gives the records back to librdkafka and empties the batch.
    package func release() {
        for index in 0..<count {
            if let message = unsafe messages[index] { unsafe rd_kafka_message_destroy(message) }
            unsafe messages[index] = nil
        }
        count = 0
        kept.removeAll(keepingCapacity: true)
    }

    /// Takes kept records in the place of polled ones, until `release`.
    ///
    /// For a batch that is never polled into.
    package func take(_ records: [KeptRecord]) {
        precondition(count == 0 && records.count <= capacity, "a batch that holds records")
        kept += records
        count = records.count
    }

    func kept(at index: Int) -> KeptRecord? { kept.indices.contains(index) ? kept[index] : nil }

    /// Gives the records among the first `some` back to librdkafka, and keeps the others and what
    /// are no records but faults.
    func releaseRecords(among some: Int = .max) {
        var kept = 0
        for index in 0..<count {
            guard let message = unsafe messages[index] else { continue }
            if index < some, unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                unsafe rd_kafka_message_destroy(message)
            } else {
                unsafe messages[kept] = unsafe message
                kept += 1
            }
        }
        count = kept
    }

    /// The record at `index`, or nil where a message is an error and no record; see `fault(at:)`.
    package func record(at index: Int) -> RecordView? {
        guard let message = unsafe messages[index] else { return keptView(at: index) }
        guard unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return unsafe RecordView(
            value: Self.bytes(message.pointee.payload, message.pointee.len),
            key: Self.bytes(message.pointee.key, message.pointee.key_len),
            partition: message.pointee.partition, offset: message.pointee.offset)
    }

    private func keptView(at index: Int) -> RecordView? {
        guard let record = kept(at: index) else { return nil }
        return unsafe RecordView(
            value: record.value, key: record.key, partition: record.partition,
            offset: record.offset)
    }

    /// When the record at `index` was written, by its writer's or the broker's clock, in
    /// milliseconds since 1970; nil where nobody says.
    package func timestampMs(at index: Int) -> Int64? {
        guard let message = unsafe messages[index] else { return kept(at: index)?.timestampMs }
        let milliseconds = unsafe rd_kafka_message_timestamp(message, nil)
        return milliseconds < 0 ? nil : milliseconds
    }

    /// The fault at `index` where `record(at:)` is nil; nil for the end of a partition.
    package func fault(at index: Int) -> ConsumerFault? {
        guard let message = unsafe messages[index] else { return nil }
        let code = unsafe message.pointee.err
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR, code != RD_KAFKA_RESP_ERR__PARTITION_EOF else {
            return nil
        }
        let text = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) }
        return ConsumerFault(
            code: code, text: text ?? kafkaErrorText(code),
            partition: unsafe message.pointee.partition)
    }

    static func bytes(
        _ start: UnsafeMutableRawPointer?, _ count: Int
    ) -> UnsafeBufferPointer<UInt8>? {
        guard let start = unsafe start else { return nil }
        return unsafe UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }
}
