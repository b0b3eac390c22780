import ArgumentParser
import Kafka
import Lifecycle
import Platform

/// Prints every status record as it comes, one JSON document a line, until it is asked to stop.
struct StatusesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statuses", abstract: "Print status records as they come.")

    @OptionGroup var broker: BrokerOptions

    func run() throws {
        let signals = try SignalWatch()
        let reader = try TopicReader(
            settings: broker.settings, topics: [(broker.topic, broker.partitions, .end)],
            log: BrokerOptions.log)
        defer { reader.close() }
        while try Poll.waitForAny([signals.descriptor], timeoutMs: 0).isEmpty {
            try reader.poll(milliseconds: Self.pollMs) { record in
                guard let value = record.value else { return }
                StandardStream.output.write(String(decoding: value, as: UTF8.self) + "\n")
            }
        }
    }

    private static let pollMs: Int32 = 100
}
