import CRdKafka
import Lifecycle
import Platform

@testable import Kafka

/// Writes requests to a stream's input in transactions, and takes each back.
@safe
final class AbortedRecords {
    private let handle: KafkaHandle
    private let topic: OpaquePointer
    private let partitions: Int
    private var number = 1_000_000

    init(_ stream: TestStream) throws {
        var settings = stream.settings
        settings["transactional.id"] = "\(stream.prefix)-aborted"
        handle = try KafkaHandle.reportingProducer(settings) { _, _ in }
        partitions = stream.partitions
        guard let topic = unsafe rd_kafka_topic_new(handle.raw, stream.input, nil) else {
            throw Failure("no topic handle")
        }
        unsafe self.topic = topic
        try unsafe check(rd_kafka_init_transactions(handle.raw, 30_000))
    }

    /// Writes so many records, waits until the brokers have them, and takes them back.
    func write(_ count: Int) throws {
        try unsafe check(rd_kafka_begin_transaction(handle.raw))
        for _ in 0..<count {
            let record = TestStream.request(number, partitions: partitions)
            number += 1
            let value = record.value ?? []
            let failed = unsafe value.withUnsafeBytes { bytes in
                unsafe rd_kafka_produce(
                    topic, record.partition, RD_KAFKA_MSG_F_COPY,
                    UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, nil, 0, nil)
            }
            guard failed == 0 else { throw Failure("a record was not taken") }
        }
        _ = unsafe rd_kafka_flush(handle.raw, 30_000)
        try unsafe check(rd_kafka_abort_transaction(handle.raw, 30_000))
    }

    private func check(_ error: OpaquePointer?) throws {
        guard let error = unsafe error else { return }
        defer { unsafe rd_kafka_error_destroy(error) }
        throw unsafe Failure(String(cString: rd_kafka_error_string(error)))
    }

    func close() {
        unsafe rd_kafka_topic_destroy(topic)
        handle.destroy()
    }
}
