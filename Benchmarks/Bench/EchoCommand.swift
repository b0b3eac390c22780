import ArgumentParser
import Kafka
import Lifecycle
import Platform

/// The ceiling: the worker's own consumer and producer, and nothing between them.
struct EchoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo",
        abstract: "Consume a topic and produce as many records of given bytes; no parsing.")

    @OptionGroup var broker: BrokerOptions

    @Option(help: "The topic to produce to; as many partitions as the input.")
    var output: String

    @Option(help: "The group that consumes; offsets are never committed.")
    var group: String

    @Option(help: "A file of predictions, one a line: what is produced, round and round.")
    var predictions: String

    @Option(help: "How many records to consume.")
    var records: Int

    @Option(help: "Records that may be out at once; the worker's bound unless said.")
    var outstanding = 64_000

    @Option(help: "Give up after this many seconds.")
    var timeout = 120

    func run() throws {
        let lines = try RecordLines(path: predictions)
        let listener = FirstAssignment()
        var settings = broker.settings
        settings["group.id"] = group
        let consumer = try DataConsumer(
            settings: settings, topic: broker.topic, membership: .fixed(slot: 0, total: 1),
            start: .earliest, listener: listener, log: BrokerOptions.log)
        let producer = try RecordProducer(
            settings: broker.settings, outputTopic: output, deadLetterTopic: output,
            batchCapacity: Self.batchRecords, log: BrokerOptions.log)
        try consumer.begin(partitionCount: broker.partitions)
        var pipe = EchoPipe(
            consumer: consumer, producer: producer, lines: lines, outstandingLimit: outstanding)
        let deadline = Deadline(afterMs: timeout * 1_000)
        while pipe.acknowledged < records {
            try pipe.turn()
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .unavailable, act: "echoing \(broker.topic)",
                    reason: "\(pipe.consumed) of \(records) records consumed and "
                        + "\(pipe.acknowledged) acknowledged in \(timeout) s")
            }
        }
        let seconds = Double(MonotonicClock.now &- pipe.startedAt) / 1e9
        let spent = Double(ProcessUsage.processorTimeNs &- pipe.spentBefore) / 1e9
        pipe.end()
        producer.close()
        consumer.close()
        Output.line([
            "records": .int(Int64(pipe.acknowledged)), "seconds": .double(seconds),
            "cpu_seconds": .double(spent),
            "records_per_s": .double(Double(pipe.acknowledged) / seconds),
            "mean_bytes_out": .double(Double(pipe.bytes) / Double(pipe.consumed)),
        ])
    }

    static let batchRecords = 1_000
}

/// A fixed assignment comes once and stays.
final class FirstAssignment: AssignmentListener {
    let isStopping = false
    func assigned(_ partitions: [Int32]) {}
    func revoking(_ partitions: [Int32]) {}
    func lost(_ partitions: [Int32]) {}
}
