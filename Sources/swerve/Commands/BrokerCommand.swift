import ArgumentParser
import Kafka
import Lifecycle
import Platform

/// The development broker in a process of its own.
struct BrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker",
        abstract: "Run a development broker: in memory, the last 5 MiB of each partition.",
        discussion: """
            For trying Swerve out and for tests, never for production. Prints one line of JSON with \
            its address and runs until it is asked to stop, or until standard input ends where that \
            is a pipe. The kernel chooses its port, and no option can: librdkafka's mock cluster, \
            which it is, takes none.
            """)

    @Option(name: .customLong("topic"), help: "A topic to make, NAME:PARTITIONS; repeatable.")
    var topics: [String] = []

    func run() throws {
        let wanted = try topics.map(Self.parse)
        let signals = try SignalWatch()
        let broker = try DevelopmentBroker(topics: wanted)
        defer { broker.stop() }
        Terminal.document(["bootstrap": .string(broker.bootstrap)])
        let lifeline = StandardStream.input.isPipe ? [StandardStream.input.descriptor] : []
        while true {
            let ready = try Poll.waitForAny([signals.descriptor] + lifeline, timeoutMs: nil)
            if ready.contains(signals.descriptor) { return }
            if StandardStream.input.drainIsAtEnd() { return }
        }
    }

    private static func parse(
        _ text: String
    ) throws(SwerveError) -> (name: String, partitions: Int) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let count = Int(parts[1]),
            (1...1_024).contains(count)
        else {
            throw SwerveError(
                .usage, act: "reading topic '\(text.shortened(to: 80))'",
                reason: "not NAME:PARTITIONS", remedy: "write it as raw_requests:8")
        }
        return (String(parts[0]), count)
    }
}
