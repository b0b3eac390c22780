import Kafka
import Lifecycle
import Platform

/// One turn of the worker's loop without the work: poll, produce, serve deliveries.
struct EchoPipe {
    let consumer: DataConsumer
    let producer: RecordProducer
    let lines: RecordLines
    /// As the worker's bound on batches that are out.
    let outstandingLimit: Int

    private(set) var consumed = 0
    private let deliveries = Deliveries()
    private(set) var bytes = 0
    /// When the first record was there, in monotonic nanoseconds.
    private(set) var startedAt: UInt64 = 0
    /// The processor time of the process until then, in nanoseconds.
    private(set) var spentBefore: UInt64 = 0
    private let batch = RecordBatch(capacity: EchoCommand.batchRecords)
    private var wasEmpty = true

    init(
        consumer: DataConsumer, producer: RecordProducer, lines: RecordLines, outstandingLimit: Int
    ) {
        self.consumer = consumer
        self.producer = producer
        self.lines = lines
        self.outstandingLimit = outstandingLimit
        producer.listener = deliveries
    }

    var acknowledged: Int { deliveries.count }

    mutating func turn() throws(SwerveError) {
        while consumed - acknowledged >= outstandingLimit {
            producer.serve(milliseconds: 1)
            try deliveries.check()
        }
        consumer.poll(into: batch, milliseconds: wasEmpty ? Self.pollWaitMs : 0)
        wasEmpty = batch.count == 0
        if !wasEmpty, startedAt == 0 {
            startedAt = MonotonicClock.now
            spentBefore = ProcessUsage.processorTimeNs
        }
        for index in 0..<batch.count {
            guard let record = batch.record(at: index) else {
                guard let fault = batch.fault(at: index) else { continue }
                throw SwerveError(.system, act: "consuming", reason: fault.fault.text)
            }
            unsafe lines.withLine(consumed) { line in
                unsafe producer.append(
                    value: line, key: record.key, partition: record.partition, tag: 1)
                bytes += line.count
            }
            consumed += 1
        }
        try producer.send()
        batch.release()
        producer.serve(milliseconds: 0)
        try deliveries.check()
    }

    /// Gives the last records back to librdkafka, which cannot close before.
    mutating func end() { batch.release() }

    /// Counts what arrived.
    private final class Deliveries: DeliveryListener {
        let mayWait = true
        private(set) var count = 0
        private var failure: String?

        func delivered(_ delivery: Delivery) {
            count += delivery.count
            failure = failure ?? delivery.failure
        }

        func check() throws(SwerveError) {
            if let failure { throw SwerveError(.system, act: "echoing", reason: failure) }
        }
    }

    private static let pollWaitMs: Int32 = 5
}
