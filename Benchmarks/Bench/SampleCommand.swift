import ArgumentParser
import Kafka
import Lifecycle
import Platform

/// Writes the first values of a topic to a file, one a line, and tells their mean length.
struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Write records of a topic to a file.")

    @OptionGroup var broker: BrokerOptions

    @Option(help: "The file to write.")
    var file: String

    @Option(help: "How many records.")
    var records: Int

    func run() throws {
        let reader = try TopicReader(
            settings: broker.settings, topics: [(broker.topic, broker.partitions, .beginning)],
            log: BrokerOptions.log)
        defer { reader.close() }
        let deadline = Deadline(afterMs: Self.timeoutMs)
        var text: [UInt8] = []
        var count = 0
        while count < records {
            try reader.poll(milliseconds: 100) { record in
                guard count < records, let value = record.value else { return }
                text += value
                text.append(UInt8(ascii: "\n"))
                count += 1
            }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .unavailable, act: "reading \(broker.topic)",
                    reason: "only \(count) of \(records) records came")
            }
        }
        try StateFile.write(file, text)
        Output.line([
            "records": .int(Int64(count)),
            "mean_bytes": .double(Double(text.count - count) / Double(count)),
        ])
    }

    private static let timeoutMs = 30_000
}
